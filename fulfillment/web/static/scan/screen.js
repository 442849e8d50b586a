// Shows the task at hand. Everything is text in elements that the page has; nothing is built from markup.

import { openTasks, taskAtHand } from "./judge.js";
import { say } from "./words.js";

const SIGNS = { good: "✓", bad: "×", warn: "!", info: "i", complete: "✓" };
const find = (name) => document.querySelector(`#${name}`);
const write = (name, text) => {
  find(name).textContent = text;
};

export function showMessage(tone, text) {
  const box = find("message");
  box.dataset.tone = tone;
  write("message-sign", SIGNS[tone]);
  write("message-text", text);
}

export function showState(state, waiting) {
  const words = {
    online: waiting ? say("sending", { count: waiting }) : say("online"),
    sending: say("sending", { count: waiting }),
    offline: waiting ? say("kept", { count: waiting }) : say("offline"),
    signed_out: say("kept", { count: waiting }),
  };
  const chip = find("state");
  chip.dataset.state = state;
  chip.dataset.waiting = String(waiting);
  write("state-sign", { online: "●", sending: "↑", offline: "○", signed_out: "○" }[state]);
  write("state-word", words[state]);
}

// A long bin code is set smaller, but never below what is read at arm's length.
function writeBin(code) {
  const bin = find("bin");
  bin.textContent = code;
  const room = bin.parentElement.clientWidth;
  const size = Math.floor(room / Math.max(1, code.length * 0.62));
  bin.style.fontSize = `${Math.max(48, Math.min(120, size))}px`;
}

function showProgress(pack) {
  const { units, units_picked: done } = pack.wave;
  const bar = find("progress");
  bar.max = Math.max(1, units);
  bar.value = done;
  write("progress-words", say("units_done", { done, all: units }));
}

function showNext(pack, task) {
  const next = openTasks(pack).find((each) => each !== task);
  const text = next
    ? say("next", { bin: next.bin, qty: next.qty - next.picked, sku: next.sku })
    : say("last_stop");
  write("next", text);
}

function showTask(pack, task) {
  const rest = task.qty - task.picked;
  writeBin(task.bin);
  find("ticket").dataset.step = task.is_located ? "item" : "bin";
  write("step", say(task.is_located ? "step_item" : "step_bin"));
  write("qty", String(rest));
  write("qty-of", task.picked ? `/ ${task.qty}` : "");
  write("sku", task.sku);
  write("name", task.name);
  write("lot", task.lot ? say("lot", { lot: task.lot }) : "");
  write("expires", task.expires_on ? say("expires", { date: task.expires_on }) : "");
  write("order", say("order", { order: task.order }));
  write("tote", task.tote ? say("tote", { tote: task.tote }) : say("no_tote"));
  showNext(pack, task);
}

export function show(pack, { padFor }) {
  const task = taskAtHand(pack);
  find("work").hidden = task === null;
  find("rest").hidden = task !== null;
  showProgress(pack);
  if (task) {
    showTask(pack, task);
  } else {
    find("skip").disabled = true;
    find("short").disabled = true;
    write("rest-words", restWords(pack));
  }
  find("skip").disabled = task === null;
  find("short").disabled = task === null;
  showPad(task, padFor);
}

function restWords(pack) {
  if (pack.others_open > 0) {
    return say("others_left", { tasks: pack.others_open });
  }
  return say("wave_done", { wave: pack.wave.number });
}

function showPad(task, padFor) {
  const isWanted = task !== null && padFor === task.id;
  find("pad").hidden = !isWanted;
  find("deeds").hidden = isWanted;
  if (isWanted) {
    const rest = task.qty - task.picked;
    write("pad-words", say("how_many", { sku: task.sku, rest }));
    write("pad-all", String(rest));
    write("pad-typed", "");
  }
}
