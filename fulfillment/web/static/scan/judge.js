// What a scan means for the task at hand: the same rules as the server's, so that the device can answer at
// once and without a connection. The server has the last word when the scan reaches it.

import { hasCheckDigit, readElementString } from "./gs1.js";

export const ACCEPTED = new Set([
  "bin_confirmed", "picked", "task_done", "tote_assigned", "undone", "shorted", "skipped",
]);

export const COMMANDS = { undo: "CMD-UNDO", short: "CMD-SHORT", skip: "CMD-SKIP" };

const TOTE_PREFIX = "TOTE-";

export const openTasks = (pack) =>
  pack.tasks.filter((task) => task.state === "open").sort((a, b) => a.sequence - b.sequence);

// The task at hand: the one that undo brought back, else the next along the walk.
export function taskAtHand(pack) {
  const open = openTasks(pack);
  return open.find((task) => task.id === pack.returned_to) ?? open[0] ?? null;
}

const unitsOf = (pack, code, sku, units, reading = {}) => ({
  kind: "units",
  code,
  sku,
  name: pack.articles[sku]?.name ?? sku,
  isSerial: pack.articles[sku]?.is_serial ?? false,
  units: reading.units ?? units,
  lot: reading.lot ?? null,
  serial: reading.serial ?? null,
});

// What a code means in this warehouse.
export function readCode(pack, task, code) {
  if (task && (code === task.bin_barcode || code === task.bin)) {
    return { kind: "bin", code: task.bin, barcode: task.bin_barcode };
  }
  if (task?.lot && code === task.lot) {
    return unitsOf(pack, code, task.sku, 1, { lot: task.lot });
  }
  if (code.startsWith(TOTE_PREFIX)) {
    return { kind: "tote", code };
  }
  const reading = readElementString(code) ?? {};
  const number = reading.gtin ?? (hasCheckDigit(code) ? code : "");
  const byNumber = number ? pack.gtins[number.replace(/^0+/, "")] : undefined;
  if (Object.hasOwn(pack.articles, code)) {
    return unitsOf(pack, code, code, 1, reading);
  }
  if (byNumber) {
    return unitsOf(pack, code, byNumber, 1, reading);
  }
  const boxedAs = [code, reading.gtin].find((each) => each && Object.hasOwn(pack.codes, each));
  if (boxedAs) {
    const [sku, units] = pack.codes[boxedAs];
    return unitsOf(pack, code, sku, units, reading);
  }
  if (Object.hasOwn(pack.bins, code)) {
    return { kind: "bin", code: pack.bins[code], barcode: code };
  }
  const barcode = Object.keys(pack.bins).find((each) => pack.bins[each] === code);
  return barcode ? { kind: "bin", code, barcode } : { kind: "unknown", code };
}

const isComplete = (pack, sku) => {
  const here = pack.tasks.filter((task) => task.sku === sku);
  const isOpen = here.some((task) => task.state === "open");
  return !isOpen && (here.some((task) => task.state === "done") || pack.finished.includes(sku));
};

const verdict = (outcome, parameters, more = {}) => ({
  outcome,
  parameters,
  units: 0,
  isAccepted: ACCEPTED.has(outcome),
  ...more,
});

function refuseUnits(pack, task, scanned) {
  if (scanned.sku !== task.sku) {
    return isComplete(pack, scanned.sku) ? "already_picked" : "wrong_item";
  }
  if (!task.is_located) {
    return "bin_first";
  }
  if (scanned.lot !== null && task.lot !== "" && task.lot !== scanned.lot) {
    return "wrong_lot";
  }
  if (scanned.lot === null && task.lots_in_bin > 1) {
    return "lot_needed";
  }
  return scanned.isSerial && scanned.serial === null ? "serial_needed" : null;
}

function judgeUnits(pack, task, scanned, qty, says) {
  const refusal = refuseUnits(pack, task, scanned);
  if (refusal) {
    return verdict(refusal, says);
  }
  const units = scanned.units * qty;
  if (units > task.qty - task.picked || (scanned.isSerial && units !== 1)) {
    return verdict("too_many", { ...says, units });
  }
  const picked = task.picked + units;
  const outcome = picked === task.qty ? "task_done" : "picked";
  return verdict(outcome, { ...says, picked, units, rest: task.qty - picked }, { units });
}

// `name` makes the words for a thing: `name("bin_named", {code})`.
function names(pack, task, scanned, name) {
  const says = {
    scanned: scanned.code,
    wanted: task.sku,
    wanted_bin: task.bin,
    wanted_lot: task.lot,
    qty: task.qty,
    rest: task.qty - task.picked,
    belongs: "",
  };
  if (scanned.kind === "bin") {
    says.scanned = name("bin_named", { code: scanned.code });
  }
  if (scanned.kind === "units") {
    const home = pack.articles[scanned.sku]?.home;
    says.scanned = name("item_named", { sku: scanned.sku, name: scanned.name });
    says.scanned_lot = scanned.lot ?? "";
    says.belongs = home ? name("belongs", { bin: home }) : name("no_home", {});
  }
  return says;
}

export function judge(pack, task, code, qty, name) {
  if (code === COMMANDS.undo) {
    return judgeUndo(pack);
  }
  if (!task) {
    return verdict("nothing_to_do", { scanned: code });
  }
  const own = { wanted: task.sku, wanted_bin: task.bin, rest: task.qty - task.picked };
  if (code === COMMANDS.skip) {
    return verdict("skipped", own);
  }
  if (code === COMMANDS.short) {
    return verdict("shorted", own);
  }
  const scanned = readCode(pack, task, code);
  const says = names(pack, task, scanned, name);
  if (scanned.kind === "unknown") {
    return verdict("unknown_code", says);
  }
  if (scanned.kind === "tote") {
    const isTaken = pack.tasks.some((each) => each.tote === code && each.part !== task.part);
    return verdict(isTaken ? "tote_taken" : "tote_assigned", says);
  }
  if (scanned.kind === "bin") {
    return verdict(scanned.barcode === task.bin_barcode ? "bin_confirmed" : "wrong_bin", says);
  }
  return judgeUnits(pack, task, scanned, qty, says);
}

function judgeUndo(pack) {
  const last = pack.picks.at(-1);
  const task = last && pack.tasks.find((each) => each.id === last.task_id);
  if (!task) {
    return verdict("nothing_to_undo", {});
  }
  return verdict("undone", { undone: last.units, wanted: task.sku, wanted_bin: task.bin });
}

// The pack as it is after an accepted scan; refused ones change nothing.
export function apply(pack, task, found, code) {
  const effects = {
    bin_confirmed: () => locate(pack, task),
    picked: () => count(pack, task, found.units),
    task_done: () => count(pack, task, found.units),
    tote_assigned: () => assignTote(pack, task, code),
    undone: () => takeBack(pack),
    shorted: () => reportShort(pack, task),
    skipped: () => skip(pack, task),
  };
  effects[found.outcome]?.();
}

function locate(pack, task) {
  for (const each of pack.tasks) {
    if (each.bin_barcode === task.bin_barcode && each.state === "open") {
      each.is_located = true;
    }
  }
}

function count(pack, task, units) {
  task.picked += units;
  pack.wave.units_picked += units;
  pack.picks.push({ task_id: task.id, units });
  if (task.picked === task.qty) {
    task.state = "done";
    pack.returned_to = null;
  }
}

function assignTote(pack, task, tote) {
  for (const each of pack.tasks) {
    if (each.part === task.part && (each.state === "open" || !each.tote)) {
      each.tote = tote;
    }
  }
}

function takeBack(pack) {
  const last = pack.picks.pop();
  const task = pack.tasks.find((each) => each.id === last.task_id);
  task.picked -= last.units;
  task.state = "open";
  pack.wave.units_picked -= last.units;
  pack.returned_to = task.id;
}

// Who finds too few has emptied the bin, so nobody finds more of the same lot there.
function reportShort(pack, task) {
  for (const each of pack.tasks) {
    const isSame = each.bin_barcode === task.bin_barcode && each.sku === task.sku && each.lot === task.lot;
    if (isSame && each.state === "open") {
      each.state = each === task ? "short" : "cancelled";
      pack.wave.units -= each.qty - each.picked;
    }
  }
  pack.returned_to = null;
}

function skip(pack, task) {
  task.sequence = Math.max(...pack.tasks.map((each) => each.sequence)) + 1;
  task.is_located = false;
  pack.returned_to = null;
}
