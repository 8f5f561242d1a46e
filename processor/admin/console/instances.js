// The instances of the group that this page knows: the one that serves it, and those of its setting admin.peers. Each
// is asked each second; one that does not answer stays on the page with what it said last.

const paths = ["topology", "tasks", "results", "letters"];
const answerTimeoutMs = 5000;
/** Rates are taken over this many answers: workers report about once a second, not in step with the page. */
const answersForRates = 5;

/** Whole numbers beyond what a double holds stay as they were written, where the browser tells how. */
function exact(name, value, context) {
  if (typeof value !== "number" || Number.isSafeInteger(value) || !context?.source) return value;
  return /^-?\d+$/.test(context.source) ? context.source : value;
}

export class Instance {
  /** `address` is HOST:PORT; `base` where its paths begin, "" for the instance that serves the page. */
  constructor(address, base) {
    this.address = address;
    this.base = base;
    this.answer = null;
    this.history = []; // {at: seconds, counts}, oldest first
    this.failure = null;
    this.failedSince = null;
  }

  async ask(path) {
    const reply = await fetch(this.base + path, { cache: "no-store", signal: AbortSignal.timeout(answerTimeoutMs) });
    if (!reply.ok) throw new Error(`${path}: status ${reply.status}`);
    return JSON.parse(await reply.text(), exact);
  }

  /** Asks for everything once. Never throws: what failed is in `failure`. */
  async poll() {
    try {
      const wasGone = this.failedSince !== null || this.answer === null;
      const answers = await Promise.all(paths.map((path) => this.ask(path)));
      const answer = Object.fromEntries(paths.map((path, i) => [path, answers[i]]));
      answer.version = wasGone ? (await this.ask("version")).version : this.answer.version;
      this.note(answer);
    } catch (error) {
      this.failure = error.name === "TimeoutError" ? "it does not answer in time" : "it cannot be reached";
      this.failedSince ??= new Date();
    }
  }

  note(answer) {
    this.answer = answer;
    this.failure = null;
    this.failedSince = null;
    const counts = answer.topology.counts;
    const last = this.history.at(-1);
    // A process that started again counts from zero.
    if (last && total(counts) < total(last.counts)) this.history = [];
    this.history.push({ at: Date.parse(counts.at) / 1000, counts });
    if (this.history.length > answersForRates) this.history.shift();
  }

  /** "ready", "waiting" or "gone". */
  get state() {
    if (this.failure !== null || this.answer === null) return "gone";
    return this.answer.tasks.ready ? "ready" : "waiting";
  }

  /** How fast the number that `of` finds in counts grows, per second; null: not known yet. */
  rate(of) {
    if (this.state === "gone" || this.history.length < 2) return null;
    const first = this.history[0];
    const last = this.history.at(-1);
    return last.at > first.at ? Math.max(0, of(last.counts) - of(first.counts)) / (last.at - first.at) : null;
  }
}

function total(counts) {
  return counts.sub_topologies.reduce((sum, each) => sum + each.consumed_records, 0);
}

/** The instances by the setting of the one that serves the page; it may be in the list itself. */
export async function findInstances(self) {
  const config = await self.ask("config");
  const peers = (config["admin.peers"] ?? "").split(",").map((each) => each.trim()).filter(Boolean);
  return [self, ...peers.filter((each) => each !== self.address).map((each) => new Instance(each, `http://${each}/`))];
}
