// The results themselves: a chart of one aggregate by group, and the newest rows.

import { bars, described, lines, swatch } from "./chart.js";
import { element, instant, setText, shortened, value } from "./format.js";
import { ResultMemory, outputs } from "./model.js";
import { fillTable } from "./tables.js";

const numericTypes = new Set(["int", "decimal", "double"]);
const windowColumns = new Set(["window_start", "window_end"]);
const windowsShown = 60;
const rowsShown = 15;
const nothingYet = "Nothing was committed here since the instances started";

const memories = new Map(); // by topic
const byId = (id) => document.getElementById(id);

/** Called after each round of answers. */
export function showResults(instances) {
  const all = outputs(instances);
  for (const [topic, answers] of all) {
    if (!memories.has(topic)) memories.set(topic, new ResultMemory());
    memories.get(topic).take(answers);
  }
  const names = [...all.keys()];
  // Windows are what a chart shows best.
  const windowed = names.find((topic) => isWindowed(all.get(topic)[0].output));
  choose(byId("choose-output"), names.map((topic) => [topic, title(all.get(topic)[0].output)]), windowed);
  draw(all);
}

let drawAgain = () => {};
/** Draws what is known again, after a choice or a new width. */
export function redrawResults() {
  drawAgain();
}

function draw(all) {
  drawAgain = () => draw(all);
  const topic = byId("choose-output").value;
  if (!all.has(topic)) return;
  const { output } = all.get(topic)[0];
  const rows = memories.get(topic).live();
  drawChart(output, rows);
  showRows(output, rows, memories.get(topic).answers);
}

function isWindowed(output) {
  return output.columns.some(({ name, key }) => key && name === "window_start");
}

function title(output) {
  const isSame = output.pipeline.replaceAll("_", "-") === output.topic;
  return isSame ? output.topic : `${output.pipeline} → ${output.topic}`;
}

/** Gives a select its options, [value, text], and keeps what is chosen if it is still there; else `first` is. */
function choose(select, options, first) {
  const same = select.options.length === options.length &&
    options.every(([each, text], i) => select.options[i].value === each && select.options[i].text === text);
  if (same) return;
  const chosen = select.value;
  select.replaceChildren(...options.map(([each, text]) => element("option", { value: each }, text)));
  const kept = options.some(([each]) => each === chosen) ? chosen : first;
  if (kept !== undefined) select.value = kept;
}

function drawChart(output, rows) {
  const aggregates = output.columns.filter((each) => !each.key && !each.sensitive && numericTypes.has(each.type));
  // An amount says more than how many there were.
  const amount = aggregates.find((each) => each.currency_column) ?? aggregates.find(({ type }) => type === "decimal");
  choose(byId("choose-aggregate"), aggregates.map(({ name }) => [name, name]), amount?.name);
  const aggregate = aggregates.find(({ name }) => name === byId("choose-aggregate").value);
  byId("chart").hidden = aggregate === undefined;
  if (!aggregate) return;
  const shown = rowsOfOneCurrency(aggregate, rows);
  const overTime = isWindowed(output);
  const series = seriesOf(output, shown, aggregate.name, overTime);

  const label = described(series, aggregate.name, overTime);
  const picture = byId("chart-picture");
  const width = Math.max(240, Math.floor(picture.clientWidth));
  picture.replaceChildren(...(series.length === 0 ? [element("p", { class: "muted" }, nothingYet)]
    : [(overTime ? lines : bars)(series, width, label)]));
  const groups = output.columns.filter(({ name, key }) => key && !windowColumns.has(name)).map(({ name }) => name);
  setText(byId("chart-caption"), `${aggregate.name}${groups.length > 0 ? ` by ${groups.join(", ")}` : ""}` +
    `${overTime ? ", each window at its start" : ""}`);
  showLegend(series, overTime);
}

/** Amounts of two currencies are never drawn on one axis. */
function rowsOfOneCurrency(aggregate, rows) {
  const column = aggregate.currency_column;
  byId("currency-label").hidden = column === null;
  if (column === null) return rows;
  const rowsBy = new Map();
  for (const { value: row } of rows) rowsBy.set(row[column], (rowsBy.get(row[column]) ?? 0) + 1);
  const byName = (a, b) => (String(a) < String(b) ? -1 : 1);
  const mostFirst = [...rowsBy.keys()].sort((a, b) => rowsBy.get(b) - rowsBy.get(a) || byName(a, b));
  const select = byId("choose-currency");
  choose(select, [...mostFirst].sort(byName).map((each) => [String(each), each === null ? "(none)" : String(each)]),
    mostFirst.length > 0 ? String(mostFirst[0]) : undefined);
  return rows.filter(({ value: row }) => String(row[column]) === select.value);
}

/** The largest groups with their points in order of time. */
function seriesOf(output, rows, aggregate, overTime) {
  const keys = output.columns.filter(({ name, key }) => key && !windowColumns.has(name));
  const masked = keys.some((each) => each.sensitive);
  const starts = [...new Set(rows.map(({ value: row }) => row.window_start))].sort().slice(-windowsShown);
  const groups = new Map();
  for (const { id, value: row } of rows) {
    if (row[aggregate] === null || (overTime && row.window_start < starts[0])) continue;
    const name = keys.map((each) => value(row[each.name], each.type)).join(" · ") || "all";
    const group = masked && !overTime ? `${name} ${id}` : name;
    if (!groups.has(group)) groups.set(group, { name: group, size: 0, points: [] });
    const number = Number(row[aggregate]);
    groups.get(group).points.push({ at: Date.parse(row.window_start ?? 0), number, text: String(row[aggregate]) });
    groups.get(group).size += Math.abs(number);
  }
  const largest = [...groups.values()].sort((a, b) => b.size - a.size || (a.name < b.name ? -1 : 1))
    .slice(0, Number(byId("choose-groups").value));
  for (const { points } of largest) points.sort((a, b) => a.at - b.at);
  return largest;
}

function showLegend(series, overTime) {
  byId("chart-legend").replaceChildren(...series.map(({ name, points }, index) => {
    const newest = points.at(-1);
    const when = overTime ? ` at ${instant(new Date(newest.at).toISOString()).slice(11)}` : "";
    return element("li", {}, swatch(index), shortened(name, 60), element("strong", {}, newest.text), when);
  }));
}

function showRows(output, rows, answers) {
  const newest = [...rows].sort((a, b) => {
    const [left, right] = [a.value.window_start ?? "", b.value.window_start ?? ""];
    return left < right ? 1 : left > right ? -1 : a.committed_at < b.committed_at ? 1 : -1;
  }).slice(0, rowsShown);
  setText(byId("rows-caption"), `Newest ${isWindowed(output) ? "windows" : "rows"} of ${output.topic}: ` +
    `${newest.length} of ${rows.length} that this page knows`);
  const heads = output.columns.map(({ name, type }) => [name, numericTypes.has(type) ? "number" : ""]);
  fillTable(byId("rows"), [...heads, ["committed", ""]], newest.map((row) => [
    ...output.columns.map(({ name, type }) => ({
      text: value(row.value[name], type),
      changed: row.changedIn === answers && row.changed.has(name) ? (answers % 2 ? "changed-odd" : "changed-even") : "",
    })),
    instant(row.committed_at).slice(11, 23),
  ]), nothingYet);
}

for (const id of ["choose-output", "choose-aggregate", "choose-currency", "choose-groups"]) {
  byId(id).addEventListener("change", redrawResults);
}
new ResizeObserver(redrawResults).observe(byId("chart-picture"));
