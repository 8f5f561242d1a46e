// The machine behind the results: throughput, tasks, state, late and dead letters.

import { bytes, count, element, instant, rate as perSecond, seconds, setText, shortened, value } from "./format.js";
import { letters, rate, sum, tasks, workers } from "./model.js";
import { fillTable } from "./tables.js";

const lettersShown = 5;
const payloadShown = 240; // characters
const byId = (id) => document.getElementById(id);
const total = (numbers) => numbers.reduce((a, b) => a + b, 0);

/** The counts of a part or a pipeline by name; zero before there are any. */
const part = (counts, name) => counts.sub_topologies.find((each) => each.name === name);
const pipeline = (counts, name) => counts.pipelines.find((each) => each.name === name);

/** Called after each round of answers. */
export function showMachine(instances) {
  const { topology } = instances.find((each) => each.answer).answer;
  const allTasks = tasks(instances);
  showTiles(instances, topology, allTasks);
  showRecords(instances, topology);
  showImages(instances, topology);
  showSteps(instances, topology);
  showTasks(allTasks, instances.length);
  showState(topology, allTasks);
  showLetters(letters(instances));
}

function showTiles(instances, topology, allTasks) {
  const sources = topology.sub_topologies.filter((each) => "fates" in part(topology.counts, each.name));
  const outputs = [...new Set(topology.sub_topologies.flatMap((each) => each.nodes)
    .flatMap((node) => (node.topics ?? []).map(({ topic }) => topic)))];
  const lags = allTasks.filter(({ lag }) => lag !== null).map(({ lag }) => lag);
  const delays = allTasks.map(({ watermarkDelay }) => watermarkDelay).filter((each) => each !== null);
  const allWorkers = workers(instances);
  const consumed = (counts) => total(sources.map(({ name }) => part(counts, name)?.consumed_records ?? 0));
  const produced = (counts) => total(outputs.map((topic) => counts.produced_records[topic] ?? 0));
  const metric = (name, of) => [count(total(allWorkers.map(of))), name];
  const tiles = [
    ["Records in", perSecond(rate(instances, consumed))],
    ["Results out", perSecond(rate(instances, produced))],
    ["Lag, records", lags.length === 0 ? "–" : count(total(lags)), "sum(tallymill_input_lag_records)"],
    ["Watermark delay", delays.length === 0 ? "–" : seconds(Math.max(...delays))],
    ["Commits", ...metric("tallymill_commits_total", (each) => each.commits)],
    ["Aborts", ...metric("tallymill_aborts_total", (each) => each.aborts)],
  ];
  const list = byId("tiles");
  while (list.children.length < tiles.length) list.append(element("div", {}, element("dt"), element("dd")));
  tiles.forEach(([name, text, series], i) => {
    const [term, number] = list.children[i].children;
    setText(term, name);
    setText(number, text);
    if (series) number.dataset.metric = series;
  });
}

function showRecords(instances, topology) {
  const rows = [];
  for (const { name, fates } of topology.counts.sub_topologies) {
    for (const fate of Object.keys(fates ?? {})) {
      const of = (counts) => part(counts, name)?.fates?.[fate] ?? 0;
      rows.push([name, fate, {
        text: count(sum(instances, of)), metric: `tallymill_records_total{source="${name}",fate="${fate}"}`,
        state: fate === "dead" && sum(instances, of) > 0 ? "bad" : "",
      }, perSecond(rate(instances, of))]);
    }
  }
  fillTable(byId("records"), [["source", ""], ["fate", ""], ["records", "number"], ["rate", "number"]], rows,
    "No source yet");
}

function showImages(instances, topology) {
  const rows = [];
  for (const { name, fates } of topology.counts.pipelines) {
    for (const fate of Object.keys(fates)) {
      const of = (counts) => pipeline(counts, name)?.fates[fate] ?? 0;
      const number = sum(instances, of);
      rows.push([name, fate, {
        text: count(number), metric: `tallymill_images_total{pipeline="${name}",fate="${fate}"}`,
        state: number > 0 && fate === "dead" ? "bad" : number > 0 && fate === "late" ? "warn" : "",
      }, perSecond(rate(instances, of))]);
    }
  }
  fillTable(byId("images"), [["pipeline", ""], ["fate", ""], ["images", "number"], ["rate", "number"]], rows,
    "No pipeline");
}

/** Every step, behind an aggregate too, where no record of a source is the cause. */
function showSteps(instances, topology) {
  const rows = topology.counts.pipelines.flatMap(({ name, steps }) => steps.map((step) => [name, step.name,
    ...Object.keys(step.fates).map((fate) => {
      const of = (counts) => pipeline(counts, name)?.steps.find((each) => each.name === step.name)?.fates[fate] ?? 0;
      const number = sum(instances, of);
      return {
        text: count(number),
        metric: `tallymill_step_images_total{pipeline="${name}",step="${step.name}",fate="${fate}"}`,
        state: number > 0 && fate === "dead" ? "bad" : number > 0 && fate === "late" ? "warn" : "",
      };
    })]));
  fillTable(byId("steps"), [["pipeline", ""], ["step", ""], ["passed", "number"], ["filtered", "number"],
    ["late", "number"], ["dead", "number"]], rows, "No step");
}

function showTasks(all, instanceCount) {
  const heads = [["part", ""], ["partition", ""], ["runs on", ""], ["state", ""], ["next offset", "number"],
    ["lag", "number"], ["watermark delay", "number"], ["held by", ""], ["entries", "number"], ["size", "number"],
    ["restored", ""]];
  fillTable(byId("task-table"), heads, all.map(({ task, address, isGone, lag, watermarkDelay }) => [
    task.sub_topology, place(task, all), `${instanceCount > 1 ? `${address}, ` : ""}worker ${task.worker}`,
    isGone ? { text: "not known", state: "bad" } : { text: task.state, state: task.state === "running" ? "" : "warn" },
    count(Number(task.next_offset)),
    {
      text: lag === null ? "–" : count(lag),
      metric: lag === null ? "" : `tallymill_input_lag_records{topic="${task.topic}",partition="${task.partition}"}`,
    },
    seconds(watermarkDelay),
    task.watermark_holder ? `${task.watermark_holder.sub_topology}/${task.watermark_holder.input}` : "its own",
    count(task.state_entries), bytes(task.state_bytes), restored(task),
  ]), "No task runs here");
}

/** A task's partition; with the topic only where the part reads several. */
function place(task, all) {
  const own = all.filter((each) => each.task.sub_topology === task.sub_topology);
  const isOfMany = own.some((each) => each.task.topic !== task.topic);
  return isOfMany ? `${task.topic}/${task.partition}` : String(task.partition);
}

function restored(task) {
  if (task.state === "running") return "";
  const done = Math.min(task.restore_position, task.restore_end);
  const label = `${task.topic}/${task.partition} restored`;
  const bar = element("progress", { max: Math.max(1, task.restore_end), value: done, "aria-label": label });
  return { node: element("span", {}, bar, ` ${count(done)} of ${count(task.restore_end)}`) };
}

function showState(topology, all) {
  const rows = topology.sub_topologies.map(({ name, stores }) => {
    const own = all.filter(({ task }) => task.sub_topology === name);
    const known = own.filter(({ watermarkDelay }) => watermarkDelay !== null);
    const holder = known.sort((a, b) => b.watermarkDelay - a.watermarkDelay)[0];
    return [name, count(own.length), stores.join(", "),
      {
        text: count(total(own.map(({ task }) => task.state_entries))),
        metric: own.length > 0 ? `tallymill_state_entries{sub_topology="${name}"}` : "",
      },
      bytes(total(own.map(({ task }) => task.state_bytes))),
      holder ? instant(holder.task.watermark) : "–", holder ? seconds(holder.watermarkDelay) : "–",
      holder ? `${holder.task.topic}/${holder.task.partition}` : "–"];
  });
  fillTable(byId("state-table"), [["part", ""], ["tasks", "number"], ["stores", "prose"], ["entries", "number"],
    ["size", "number"], ["watermark", ""], ["delay", "number"], ["held by partition", ""]], rows, "No part yet");
}

function showLetters({ byReason, lateByPipeline, dead, late }) {
  fillTable(byId("reasons"), [["reason", ""], ["letters", "number"]],
    Object.entries(byReason).sort(([, a], [, b]) => b - a).map(([reason, number]) => [reason, count(number)]), "None");
  fillTable(byId("late-counts"), [["pipeline", ""], ["images", "number"]],
    Object.entries(lateByPipeline).map(([name, number]) => [name, count(number)]), "None");
  fillTable(byId("dead"), [["committed", ""], ["reason", ""], ["message", "prose"], ["step", ""], ["record", ""],
    ["payload", "code"]], dead.slice(0, lettersShown).map((each) => [
    instant(each.committed_at).slice(0, 19), each.reason, each.message, each.step ?? "decode",
    each.topic === null ? derived(each) : `${each.topic}/${each.partition} @ ${each.offset}`,
    shortened([each.key, each.value].filter((text) => text !== null).join("\n"), payloadShown),
  ]), "None");
  fillTable(byId("late"), [["committed", ""], ["pipeline.step", ""], ["record", ""], ["watermark", ""], ["applied", ""],
    ["image", ""], ["window", ""], ["group", "code"], ["columns", "code"]],
  late.slice(0, lettersShown).flatMap(lateImages), "None");
}

/** Which row it was that came of no single record. */
const derived = ({ group, window }) => [group, window].filter((text) => text !== null).join(" ") || "derived";

/** A row for each image that was late. */
function lateImages({ committed_at: at, record }) {
  if (typeof record !== "object" || record === null) return [];
  return ["before", "after"].filter((image) => record[image]?.late).map((image) => [
    instant(at).slice(0, 19), `${record.pipeline}.${record.step}`,
    record.topic ? `${record.topic}/${record.partition} @ ${record.offset}` : "derived", instant(record.watermark),
    record.applied, image, `${instant(record[image].window_start)} to ${instant(record[image].window_end)}`,
    value(record[image].group, ""), value(record[image].columns, ""),
  ]);
}
