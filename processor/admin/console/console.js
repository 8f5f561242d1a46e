// The page: asks the instances each second while somebody looks, and shows what they say.

import { element, setText } from "./format.js";
import { showGraph } from "./graph.js";
import { Instance, findInstances } from "./instances.js";
import { showMachine } from "./machine.js";
import { showResults } from "./results.js";

const pollEveryMs = 1000;
const byId = (id) => document.getElementById(id);

const self = new Instance(location.host, "");
let instances = [self];
let knowsAll = false;
let timer = null;

async function poll() {
  timer = null;
  if (!knowsAll) {
    try {
      instances = await findInstances(self);
      knowsAll = true;
    } catch {
      // It does not answer yet; poll() notes that, and the next round asks again.
    }
  }
  await Promise.all(instances.map((each) => each.poll()));
  // It may have been started again with other settings.
  if (self.failure !== null) knowsAll = false;
  show();
  if (!document.hidden && timer === null) timer = setTimeout(poll, pollEveryMs);
}

function show() {
  showHeader();
  if (!instances.some((each) => each.answer)) return;
  showResults(instances);
  showMachine(instances);
  showGraph(instances);
}

function clockTime(date) {
  return `${date.toISOString().slice(11, 19)} UTC`;
}

function sentence(instance) {
  if (instance.state === "ready") return "ready";
  if (instance.state === "waiting") return `not ready: ${instance.answer.tasks.reasons.join("; ")}`;
  return `no answer since ${clockTime(instance.failedSince ?? new Date())}: ${instance.failure}`;
}

/** The status is read aloud when it changes, so it holds nothing that changes each second. */
function showHeader() {
  const known = instances.find((each) => each.answer)?.answer;
  if (known) {
    setText(byId("topology-name"), known.topology.name);
    setText(byId("version"), `Tallymill ${known.version}`);
    document.title = `${known.topology.name} – Tallymill`;
  }
  const status = byId("status");
  const worst = ["gone", "waiting", "ready"].find((state) => instances.some((each) => each.state === state));
  status.dataset.state = self.state === "gone" ? "gone" : worst === "ready" ? "ready" : "waiting";
  const ready = instances.filter((each) => each.state === "ready").length;
  setText(status, instances.length === 1 || self.state === "gone" ? sentence(self)
    : `${ready} of ${instances.length} instances ready`);

  const list = byId("instances");
  list.hidden = instances.length === 1;
  while (list.children.length > instances.length) list.lastChild.remove();
  instances.forEach((instance, i) => {
    const item = list.children[i] ?? list.appendChild(element("li"));
    const isOther = known && instance.answer && instance.answer.topology.name !== known.topology.name;
    item.dataset.state = isOther ? "waiting" : instance.state;
    const what = isOther ? `runs ${instance.answer.topology.name}, not shown` : sentence(instance);
    setText(item, `${instance.address}: ${what}`);
  });
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && timer === null) poll();
});
new ResizeObserver(() => {
  if (instances.some((each) => each.answer)) showGraph(instances);
}).observe(byId("graph-picture"));
poll();
