// Tables that are filled again each second without being built again: only cells whose text changed are touched, so
// that a selection, the place where somebody reads, and a screen reader's place stay.

import { setText } from "./format.js";

/**
 * `heads` are [text, kind] with kind "number", "prose", "code" or "". `rows` are lists of cells: a text, or
 * {text, state, metric, changed, node}. `metric` is the series of /metrics that the cell shows.
 */
export function fillTable(table, heads, rows, empty) {
  fillHeads(table.tHead, heads);
  const body = table.tBodies[0];
  const shown = rows.length > 0 ? rows : [[{ text: empty, state: "empty", span: heads.length }]];
  while (body.rows.length > shown.length) body.deleteRow(-1);
  shown.forEach((cells, i) => fillRow(body.rows[i] ?? body.insertRow(), cells, heads));
}

function fillHeads(head, heads) {
  const row = head.rows[0] ?? head.insertRow();
  row.setAttribute("role", "row");
  while (row.cells.length > heads.length) row.deleteCell(-1);
  heads.forEach(([text, kind], i) => {
    const cell = row.cells[i] ?? row.appendChild(document.createElement("th"));
    cell.scope = "col";
    cell.setAttribute("role", "columnheader");
    setClass(cell, kind === "number" ? "number" : "");
    setText(cell, text);
  });
}

function fillRow(row, cells, heads) {
  row.setAttribute("role", "row");
  while (row.cells.length > cells.length) row.deleteCell(-1);
  cells.forEach((each, i) => {
    const cell = row.cells[i] ?? row.insertCell();
    cell.setAttribute("role", "cell");
    const { text, state = "", metric, changed = "", node, span = 1 } = typeof each === "string" ? { text: each } : each;
    setClass(cell, [heads[i][1], state, changed].filter(Boolean).join(" "));
    // On a narrow screen rows become cards, and this is the name before each value.
    if (cell.dataset.label !== heads[i][0]) cell.dataset.label = heads[i][0];
    if (cell.colSpan !== span) cell.colSpan = span;
    if (metric) {
      if (cell.dataset.metric !== metric) cell.dataset.metric = metric;
    } else {
      delete cell.dataset.metric;
    }
    if (node) {
      cell.replaceChildren(node);
    } else {
      setText(cell, text);
    }
  });
}

function setClass(cell, name) {
  if (cell.className !== name) cell.className = name;
}
