// The topology as a graph: sources, stages, exchanges, sinks. Boxes stand in layers by their distance from a source,
// from left to right, or downwards where the page is narrow.

import { count, element, rate as perSecond, setText, shortened, svg } from "./format.js";
import { rate, sum, tasks } from "./model.js";

const box = { width: 172, height: 76, gap: 22, between: 52 };
const narrow = 760;
const byId = (id) => document.getElementById(id);

/**
 * The boxes of a plan: [{id, title, lines, kind, next: Set of ids}]. An exchange stands with its topic as one box, and
 * so does a sink.
 */
function boxesOf(topology) {
  const boxes = new Map();
  const put = (each) => boxes.set(each.id, { next: new Set(), ...each });
  for (const [index, part] of topology.sub_topologies.entries()) {
    const counts = (all) => all.sub_topologies[index];
    const isSource = topology.sources.some((source) => source.name === part.name);
    if (isSource) {
      put({ id: `source ${index}`, kind: "source", title: part.name, detail: part.reads.join(", "), part, counts });
    }
    for (const node of part.nodes) {
      const id = `node ${index} ${node.index}`;
      const kind = node.repartition_topic ? "exchange" : node.topics ? "sink" : "stage";
      const topics = (node.topics ?? []).map(({ topic }) => topic);
      const titles = { sink: topics.join(", "), exchange: "exchange", stage: node.step || node.stage };
      const details = {
        sink: node.pipeline, exchange: node.repartition_topic, stage: `${node.pipeline}, ${node.stage}`,
      };
      put({
        id, kind, part, topics, title: titles[kind], detail: details[kind], description: node.description,
        counts: (all) => counts(all)?.nodes[node.index],
      });
    }
  }
  connect(topology, boxes);
  return [...boxes.values()];
}

function connect(topology, boxes) {
  for (const [index, part] of topology.sub_topologies.entries()) {
    const fed = new Set(part.nodes.flatMap((node) => node.downstream));
    const heads = part.nodes.filter((node) => !fed.has(node.index)).map((node) => `node ${index} ${node.index}`);
    const source = boxes.get(`source ${index}`);
    if (source) heads.forEach((head) => source.next.add(head));
    for (const node of part.nodes) {
      const from = boxes.get(`node ${index} ${node.index}`);
      node.downstream.forEach((next) => from.next.add(`node ${index} ${next}`));
    }
    for (const [upstream, other] of topology.sub_topologies.entries()) {
      for (const node of other.nodes) {
        if (!node.repartition_topic || !part.reads.includes(node.repartition_topic)) continue;
        heads.forEach((head) => boxes.get(`node ${upstream} ${node.index}`).next.add(head));
      }
    }
  }
}

/** Puts each box one layer behind the last that feeds it. The plan has no cycles. */
function layersOf(boxes) {
  const layers = new Map(boxes.map((each) => [each.id, 0]));
  for (let moved = true; moved;) {
    moved = false;
    for (const from of boxes) {
      for (const next of from.next) {
        if (layers.get(next) > layers.get(from.id)) continue;
        layers.set(next, layers.get(from.id) + 1);
        moved = true;
      }
    }
  }
  const rows = [];
  for (const each of boxes) (rows[layers.get(each.id)] ??= []).push(each);
  return rows;
}

/** What stands in a box below its title. */
function linesOf(each, instances, lags) {
  const speed = (of) => perSecond(rate(instances, (counts) => of(each.counts(counts)) ?? 0));
  const lagOf = (name) => (lags.has(name) ? `lag ${count(lags.get(name))}` : "lag –");
  switch (each.kind) {
    case "source": {
      const dead = sum(instances, (counts) => each.counts(counts).fates.dead);
      const notes = [lagOf(each.part.name), ...(dead > 0 ? [`${count(dead)} dead`] : [])];
      return [`${speed((counts) => counts?.consumed_records)} in`, notes.join(", ")];
    }
    case "sink": {
      const written = (counts) => each.topics.reduce((all, topic) => all + (counts.produced_records[topic] ?? 0), 0);
      return [`${perSecond(rate(instances, written))} written`, `${count(sum(instances, written))} records`];
    }
    case "exchange":
      return [`${speed((counts) => counts?.received)} partials`, "read by another part"];
    default:
      return [`${speed((counts) => counts?.received)} in`, `${speed((counts) => counts?.emitted)} out`];
  }
}

/** Called after each round of answers, and when the width changes. */
export function showGraph(instances) {
  const topology = instances.find((each) => each.answer).answer.topology;
  const lags = new Map();
  for (const { task, lag } of tasks(instances)) {
    if (lag !== null) lags.set(task.sub_topology, (lags.get(task.sub_topology) ?? 0) + lag);
  }
  const boxes = boxesOf(topology);
  for (const each of boxes) each.lines = linesOf(each, instances, lags);
  const room = byId("graph-picture").clientWidth;
  draw(boxes, room < narrow);
  list(boxes);
}

function draw(boxes, isDownwards) {
  const layers = layersOf(boxes);
  const along = (isDownwards ? box.height : box.width) + box.between;
  const across = (isDownwards ? box.width : box.height) + box.gap;
  const most = Math.max(...layers.map((each) => each.length));
  layers.forEach((layer, i) => layer.forEach((each, j) => {
    const [a, b] = [1 + i * along, 1 + (j + (most - layer.length) / 2) * across];
    [each.x, each.y] = isDownwards ? [b, a] : [a, b];
  }));
  const [long, wide] = [layers.length * along - box.between + 2, most * across - box.gap + 2];
  const [width, height] = isDownwards ? [wide, long] : [long, wide];
  const picture = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
  const at = new Map(boxes.map((each) => [each.id, each]));
  for (const from of boxes) for (const next of from.next) picture.append(...edge(from, at.get(next), isDownwards));
  for (const each of boxes) picture.append(drawn(each));
  byId("graph-picture").replaceChildren(picture);
}

function edge(from, to, isDownwards) {
  const isMoving = !from.lines[0].startsWith("0/s") && !from.lines[0].startsWith("–");
  const start = isDownwards ? [from.x + box.width / 2, from.y + box.height]
    : [from.x + box.width, from.y + box.height / 2];
  const end = isDownwards ? [to.x + box.width / 2, to.y - 7] : [to.x - 7, to.y + box.height / 2];
  const half = isDownwards ? (end[1] - start[1]) / 2 : (end[0] - start[0]) / 2;
  const [c1, c2] = isDownwards ? [[start[0], start[1] + half], [end[0], end[1] - half]]
    : [[start[0] + half, start[1]], [end[0] - half, end[1]]];
  const tip = isDownwards ? `M${end[0] - 4},${end[1]}h8l-4,7z` : `M${end[0]},${end[1] - 4}v8l7,-4z`;
  return [svg("path", { d: `M${start}C${c1} ${c2} ${end}`, class: isMoving ? "edge moving" : "edge" }),
    svg("path", { d: tip, class: "arrow" })];
}

function drawn(each) {
  const isTopic = each.kind === "source" || each.kind === "sink";
  const texts = [[each.title, "strong"], [each.detail, ""], ...each.lines.map((line) => [line, ""])];
  return svg("g", { transform: `translate(${each.x},${each.y})` },
    svg("title", {}, [each.title, each.detail, each.description].filter(Boolean).join("\n")),
    svg("rect", { width: box.width, height: box.height, rx: 6, class: isTopic ? "box topic" : "box" }),
    ...texts.map(([text, style], i) => svg("text", { x: 10, y: 18 + i * 17, class: style },
      shortened(text, style ? 22 : 25))));
}

/** The same as sentences, in the order of the plan: what a screen reader gets instead of the picture. */
function list(boxes) {
  const names = new Map(boxes.map((each) => [each.id, each.title]));
  const sentences = boxes.map((each) => {
    const next = [...each.next].map((id) => names.get(id));
    return `${each.kind} ${each.title} (${each.detail}): ${each.lines.join(", ")}` +
      `${next.length > 0 ? `; goes on to ${next.join(", ")}` : ""}`;
  });
  const items = byId("graph-list");
  while (items.children.length > sentences.length) items.lastChild.remove();
  sentences.forEach((text, i) => setText(items.children[i] ?? items.appendChild(element("li")), text));
}
