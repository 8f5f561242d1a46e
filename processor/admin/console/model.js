// What the instances say, as one: sums of counts and rates, every task once, and the newest rows of each output.

const rememberedRowsMax = 5000;

/** The members whose last answers count: of one that is gone, what it said last, but of its tasks others know more. */
function answering(instances) {
  const name = instances[0].answer?.topology.name;
  return instances.filter((each) => each.answer !== null && each.answer.topology.name === name);
}

/** Sums a number that `of` finds in each instance's counts. */
export function sum(instances, of) {
  return answering(instances).reduce((total, each) => total + of(each.answer.topology.counts), 0);
}

/** The same per second, over the instances that answer; null: none knows yet. */
export function rate(instances, of) {
  const rates = answering(instances).map((each) => each.rate(of)).filter((each) => each !== null);
  return rates.length === 0 ? null : rates.reduce((a, b) => a + b, 0);
}

/** All tasks, each once: while a partition moves two members may show it, and the later report counts. */
export function tasks(instances) {
  const found = new Map();
  for (const instance of answering(instances)) {
    const { at, tasks: all, workers } = instance.answer.tasks;
    for (const task of all) {
      const worker = workers.find((each) => each.worker === task.worker);
      const id = `${task.sub_topology}\n${task.topic}\n${task.partition}`;
      const known = found.get(id);
      const isNewer = !known || (known.isGone && instance.state !== "gone") || known.reportedAt < worker.reported_at;
      if (known && instance.state === "gone" && !known.isGone) continue;
      if (isNewer) found.set(id, described(task, instance, worker, at));
    }
  }
  return [...found.values()].sort((a, b) => a.order - b.order || a.task.topic.localeCompare(b.task.topic) ||
    a.task.partition - b.task.partition);
}

function described(task, instance, worker, at) {
  const parts = instance.answer.topology.sub_topologies;
  return {
    task,
    address: instance.address,
    isGone: instance.state === "gone",
    reportedAt: worker.reported_at,
    order: parts.findIndex((each) => each.name === task.sub_topology),
    lag: task.end_offset === null ? null : Math.max(0, task.end_offset - task.next_offset),
    watermarkDelay: task.watermark === null ? null : (Date.parse(at) - Date.parse(task.watermark)) / 1000,
  };
}

/** Workers of all instances that answer. */
export function workers(instances) {
  return answering(instances).flatMap((each) => each.answer.tasks.workers);
}

/** Dead letters and late records of all instances: counts by name, and the newest of both. */
export function letters(instances) {
  const result = { byReason: {}, lateByPipeline: {}, dead: [], late: [] };
  const add = (to, counts) => {
    for (const [name, number] of Object.entries(counts)) to[name] = (to[name] ?? 0) + number;
  };
  for (const instance of answering(instances)) {
    const { dead_letters: dead, late } = instance.answer.letters;
    add(result.byReason, dead.by_reason);
    add(result.lateByPipeline, late.images_by_pipeline);
    result.dead.push(...dead.newest);
    result.late.push(...late.newest);
  }
  const newestFirst = (a, b) => (a.committed_at < b.committed_at ? 1 : -1);
  result.dead.sort(newestFirst);
  result.late.sort(newestFirst);
  return result;
}

/**
 * The rows of one output topic that this page has seen. An instance shows the few hundred that changed last; the page
 * remembers more of them, so that the chart can go back further, as long as it can be sure that none is outdated.
 */
export class ResultMemory {
  constructor() {
    this.rows = new Map(); // by key; a row whose value is null ended, and hides an older one of another worker
    this.before = new Map(); // the rows as they were when they had to be gathered anew
    this.counts = new Map(); // by worker
    this.answers = 0;
  }

  /** Takes what all instances say of the topic; `answers` are [{address, output, rowsMax}]. */
  take(answers) {
    ++this.answers;
    const keepsNothing = answers.some(({ output }) =>
      output.events || output.columns.some((column) => column.key && column.sensitive));
    this.before = new Map();
    if (this.mayHaveMissed(answers) || keepsNothing) [this.before, this.rows] = [this.rows, new Map()];
    for (const { address, output } of answers) {
      for (const worker of output.workers) {
        for (const row of worker.rows) this.put(identity(row, output, `${address}/${worker.worker}`), row);
      }
    }
    if (this.rows.size <= rememberedRowsMax) return;
    const oldest = [...this.rows].sort(([, a], [, b]) => (a.committed_at < b.committed_at ? -1 : 1));
    for (const [key] of oldest.slice(0, this.rows.size - rememberedRowsMax)) this.rows.delete(key);
  }

  /** Whether rows were committed between the answers that neither shows: then what is remembered may be outdated. */
  mayHaveMissed(answers) {
    let missed = false;
    for (const { address, output, rowsMax } of answers) {
      for (const { worker, committed_rows: committed, skipped_rows: skipped } of output.workers) {
        const id = `${address}/${worker}`;
        const before = this.counts.get(id) ?? { committed: 0, skipped: 0 };
        missed ||= committed < before.committed || committed - before.committed > rowsMax || skipped !== before.skipped;
        this.counts.set(id, { committed, skipped });
      }
    }
    return missed;
  }

  put(key, row) {
    const known = this.rows.get(key) ?? this.before.get(key);
    if (this.rows.has(key) && known.committed_at >= row.committed_at) return;
    if (known?.committed_at === row.committed_at) {
      this.rows.set(key, known);
      return;
    }
    const changed = new Set();
    for (const [name, value] of Object.entries(row.value ?? {})) {
      if (known?.value && known.value[name] !== value) changed.add(name);
      if (!known && this.answers > 1) changed.add(name);
    }
    this.rows.set(key, { ...row, changed, changedIn: this.answers });
  }

  /** Rows that have not ended, newest first by commit. */
  live() {
    return [...this.rows.values()].filter((row) => row.value !== null)
      .sort((a, b) => (a.committed_at < b.committed_at ? 1 : a.committed_at > b.committed_at ? -1 : 0));
  }
}

/** A masked key does not tell rows apart, and events have none: then it is the worker's number of the row. */
function identity(row, output, worker) {
  const tells = !output.events && !output.columns.some((column) => column.key && column.sensitive);
  return tells ? JSON.stringify(row.key) : `${worker}/${row.id}`;
}

/** What each instance says of each output topic: Map topic -> [{address, output, rowsMax}]. */
export function outputs(instances) {
  const byTopic = new Map();
  for (const instance of answering(instances)) {
    for (const output of instance.answer.results.outputs) {
      if (!byTopic.has(output.topic)) byTopic.set(output.topic, []);
      byTopic.get(output.topic).push({ address: instance.address, output, rowsMax: instance.answer.results.rows_max });
    }
  }
  return byTopic;
}
