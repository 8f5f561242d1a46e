// Pictures of numbers: lines over windows, or bars where there are no windows. Only here decimals become doubles;
// what is written beside the picture is the exact text.

import { count, svg } from "./format.js";

const margin = { top: 10, right: 16, bottom: 24, left: 64 };
const labelWidth = 56;
const dashes = ["", "7 3", "2 3", "9 3 2 3", "", "7 3", "2 3", "9 3 2 3"];

/** A sample of how a group is drawn, for the legend: colours alone would not tell groups apart for everyone. */
export function swatch(index) {
  const line = svg("line", {
    x1: 0, y1: 6, x2: 24, y2: 6, class: `line stroke-${index}`, "stroke-dasharray": dashes[index],
  });
  return svg("svg", { width: 24, height: 12, "aria-hidden": "true" }, line);
}

/** Round steps of an axis from `low` to `high`: 1, 2 or 5 times a power of ten. */
export function ticks(low, high, wanted) {
  const span = high - low || Math.abs(high) || 1;
  const power = 10 ** Math.floor(Math.log10(span / wanted));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => span / each <= wanted);
  const first = Math.ceil(low / step) * step;
  const all = [];
  for (let i = 0; first + i * step <= high + step * 1e-9; ++i) all.push(first + i * step);
  return all;
}

function compact(number) {
  return Math.abs(number) >= 10000
    ? number.toLocaleString("en", { notation: "compact", maximumFractionDigits: 1 })
    : number.toLocaleString("en", { maximumFractionDigits: 2 });
}

/**
 * `series` are [{name, points: [{at: milliseconds, number, text}]}], in the order of their colours. `label` says what
 * the picture shows to those who do not see it.
 */
export function lines(series, width, label) {
  const height = width < 500 ? 220 : 300;
  const all = series.flatMap((each) => each.points);
  const times = all.map((each) => each.at);
  const numbers = all.map((each) => each.number);
  const [from, to] = [Math.min(...times), Math.max(...times)];
  const [low, high] = [Math.min(0, ...numbers), Math.max(0, ...numbers)];
  const top = high === low ? low + 1 : high;
  const room = width - margin.left - margin.right;
  const x = (at) => margin.left + (to === from ? 0.5 : (at - from) / (to - from)) * room;
  const y = (number) => height - margin.bottom - ((number - low) / (top - low)) * (height - margin.top - margin.bottom);

  const picture = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label });
  for (const tick of ticks(low, top, 4)) {
    picture.append(svg("line", { x1: margin.left, x2: width - margin.right, y1: y(tick), y2: y(tick), class: "axis" }),
      svg("text", { x: margin.left - 8, y: y(tick) + 4, "text-anchor": "end" }, compact(tick)));
  }
  timeTicks(from, to, width).forEach((at) => {
    // The last one would not fit on both sides of its place.
    const anchor = width - x(at) < labelWidth / 2 ? "end" : "middle";
    const place = anchor === "end" ? width : x(at);
    picture.append(svg("text", { x: place, y: height - 6, "text-anchor": anchor }, timeLabel(at, to - from)));
  });
  series.forEach(({ name, points }, index) => picture.append(...line(name, points, index, x, y)));
  return picture;
}

function line(name, points, index, x, y) {
  const path = points.map(({ at, number }, i) => `${i === 0 ? "M" : "L"}${x(at).toFixed(1)},${y(number).toFixed(1)}`);
  const drawn = [svg("path", { d: path.join(""), class: `line stroke-${index}`, "stroke-dasharray": dashes[index] })];
  for (const { at, number, text } of points) {
    const title = svg("title", {}, `${name}: ${text} at ${timeLabel(at, 0)}`);
    drawn.push(svg("circle", { cx: x(at), cy: y(number), r: 3, class: `fill-${index}` }, title));
  }
  return drawn;
}

function timeTicks(from, to, width) {
  if (to === from) return [from];
  const wanted = Math.max(2, Math.min(6, Math.floor(width / 150)));
  return Array.from({ length: wanted }, (_, i) => from + ((to - from) * i) / (wanted - 1));
}

function timeLabel(at, span) {
  const text = new Date(at).toISOString();
  return span > 2 * 86400e3 ? text.slice(5, 10) : text.slice(11, span > 0 && span >= 600e3 ? 16 : 19);
}

/** The newest value of each group as a bar, for aggregates without windows. */
export function bars(series, width, label) {
  const rowHeight = 30;
  const height = series.length * rowHeight + 8;
  const names = Math.min(200, width * 0.35);
  const all = series.map(({ points }) => points.at(-1).number);
  const [low, high] = [Math.min(0, ...all), Math.max(0, ...all)];
  const room = width - names - 90;
  const x = (number) => names + ((number - low) / (high - low || 1)) * room;
  const picture = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label });
  series.forEach(({ name, points }, index) => {
    const { number, text } = points.at(-1);
    const middle = index * rowHeight + rowHeight / 2;
    const [left, right] = [Math.min(x(0), x(number)), Math.max(x(0), x(number))];
    picture.append(
      svg("text", { x: names - 8, y: middle + 4, "text-anchor": "end", class: "strong" }, clipped(name, names)),
      svg("rect", {
        x: left, y: middle - 9, width: Math.max(1, right - left), height: 18, rx: 2, class: `fill-${index}`,
      }, svg("title", {}, `${name}: ${text}`)),
      svg("text", { x: right + 6, y: middle + 4 }, compact(number)));
  });
  return picture;
}

function clipped(name, width) {
  const characters = Math.max(4, Math.floor(width / 7.5));
  return name.length > characters ? `${name.slice(0, characters - 1)}…` : name;
}

/** One sentence for those who do not see the picture. */
export function described(series, aggregate, isWindowed) {
  if (series.length === 0) return `No ${aggregate} yet`;
  return `${aggregate} of ${count(series.length)} groups${isWindowed ? " by window" : ""}; ` +
    "the list below the picture has the newest values, the table has all";
}
