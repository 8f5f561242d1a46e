// Numbers and times as people read them, and elements made without ever parsing text as HTML: rows hold what users
// wrote, so everything goes through textContent.

/** 12345 -> "12,345"; below 10 with one decimal place where there is one. */
export function count(number) {
  return number.toLocaleString("en", { maximumFractionDigits: Math.abs(number) < 10 ? 1 : 0 });
}

/** Per second; null: not known yet. */
export function rate(perSecond) {
  return perSecond === null ? "–" : `${count(perSecond)}/s`;
}

/** 1536 -> "1.5 KiB". */
export function bytes(number) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (number >= 1024 && unit < units.length - 1) {
    number /= 1024;
    ++unit;
  }
  return `${unit === 0 ? number : number.toFixed(1)} ${units[unit]}`;
}

/** 75 -> "1 min 15 s"; what is below a second has one place. */
export function seconds(duration) {
  if (duration === null) return "–";
  if (duration < 10) return `${Math.max(0, duration).toFixed(1)} s`;
  if (duration < 120) return `${Math.round(duration)} s`;
  if (duration < 7200) return `${Math.floor(duration / 60)} min ${Math.round(duration % 60)} s`;
  if (duration < 172800) return `${(duration / 3600).toFixed(1)} h`;
  return `${(duration / 86400).toFixed(1)} days`;
}

/** "2026-11-25T16:00:00.000000Z" -> "2026-11-25 16:00:00"; fractions only where there are some. */
export function instant(text) {
  if (text === null) return "–";
  return text.replace("T", " ").replace(/Z$/, "").replace(/(\.\d*?)0*$/, "$1").replace(/\.$/, "");
}

/** The time of day alone, to the second. */
export function timeOfDay(text) {
  return text === null ? "–" : instant(text).slice(11, 19);
}

/** A value of a row: texts as they are (decimals are texts, exact), times shortened, anything else as JSON. */
export function value(of, type) {
  if (of === null || of === undefined) return "";
  if (typeof of !== "string") return JSON.stringify(of);
  return type === "timestamp" ? instant(of) : of;
}

const svgNamespace = "http://www.w3.org/2000/svg";

/** An element with attributes and children; texts become text nodes. */
export function element(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** The same in SVG. */
export function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS(svgNamespace, name), attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, each] of Object.entries(attributes)) node.setAttribute(name, each);
  node.append(...children);
  return node;
}

/** Sets an element's text only where it changed, so that a selection in it survives. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** At most `length` characters, the rest as an ellipsis. */
export function shortened(text, length) {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
