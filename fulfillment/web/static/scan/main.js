// The scan page: takes scans from the wedge, the camera or the keyboard, answers at once, keeps them, and
// lets `sync` bring them to the server.

import { COMMANDS, apply, judge, openTasks, taskAtHand } from "./judge.js";
import { wireButtons, wireTyping } from "./controls.js";
import { Journal, newId } from "./journal.js";
import { keepForOffline } from "./offline.js";
import { show, showMessage, showState } from "./screen.js";
import { signal } from "./signals.js";
import { Sync } from "./sync.js";
import { listenForScans } from "./wedge.js";
import { say } from "./words.js";

const TOTE_FULL = "CMD-TOTE-FULL";
const DONE = "CMD-DONE";
const TWICE_MS = 300;
const FEW_TASKS = 8;
const RENEW_MS = 4 * 60 * 1000;
const PAD_FROM = 3;

const root = document.querySelector("#scan");
const urls = root.dataset;
const page = {
  journal: null,
  sync: null,
  pack: null,
  picker: null,
  made: 0,
  unwritten: 0,
  state: "online",
  waiting: 0,
  writes: Promise.resolve(),
  shortAsked: null,
  toteAsked: null,
  padFor: null,
  last: { code: "", at: 0, outcome: "" },
  itemCode: "",
  renewing: null,
};

const tell = (tone, text, kind = tone) => {
  showMessage(tone, text);
  signal(kind);
};

// A scan, from wherever it came. `qty` is what was keyed in on the number pad.
function take(raw, qty = 1) {
  const code = raw.trim();
  if (!code || !page.pack) {
    return;
  }
  const task = taskAtHand(page.pack);
  if (page.padFor && /^\d{1,3}$/.test(code)) {
    countMore(Number(code));
    return;
  }
  if (obeyDevice(code, task) || isSecondReading(code)) {
    return;
  }
  page.shortAsked = null;
  book(task, code, qty);
}

// What the device settles by itself: done, tote full, and the question before a short pick.
function obeyDevice(code, task) {
  if (code === DONE) {
    location.assign(urls.start);
    return true;
  }
  if (code === TOTE_FULL && task) {
    page.toteAsked = task.part;
    tell("warn", say("tote_full"));
    return true;
  }
  if (code === COMMANDS.short && task && page.shortAsked !== task.id) {
    page.shortAsked = task.id;
    tell("warn", say("short_sure", { rest: task.qty - task.picked, sku: task.sku, bin: task.bin }));
    return true;
  }
  if (page.toteAsked && task && !code.startsWith("TOTE-") && !code.startsWith("CMD-")) {
    tell("bad", say("tote_wanted", { scanned: code }));
    return true;
  }
  return false;
}

// A trigger that bounces reads the last unit twice; nobody takes two units in a third of a second.
function isSecondReading(code) {
  const { last } = page;
  if (code === last.code && last.outcome === "task_done" && performance.now() - last.at < TWICE_MS) {
    showMessage("info", say("read_twice", { scanned: code }));
    return true;
  }
  return false;
}

function book(task, code, qty) {
  const found = judge(page.pack, task, code, qty, say);
  page.toteAsked = found.outcome === "tote_assigned" ? null : page.toteAsked;
  apply(page.pack, task, found, code);
  page.last = { code, at: performance.now(), outcome: found.outcome };
  page.made += 1;
  offerPad(found, code);
  answer(task, found);
  show(page.pack, page);
  keep(task, code, qty, found);
}

function keep(task, code, qty, found) {
  const scan = {
    scan_id: newId(),
    wave_id: page.pack.wave.id,
    picker: page.picker,
    code,
    qty,
    task_id: code === COMMANDS.undo || !task ? null : task.id,
    scanned_at: new Date().toISOString(),
    judged: found.outcome,
    was_accepted: found.isAccepted,
  };
  page.unwritten += 1;
  showWaiting();
  // Only the journal is waited for: a server that is slow to answer keeps no scan from being written down.
  page.writes = page.writes.then(() => page.journal.add(scan, page.pack)).then(() => {
    page.unwritten -= 1;
    page.waiting += 1;
  });
  page.writes.then(() => page.sync.flush()).catch((error) => tell("bad", String(error)));
  if (found.outcome === "shorted" || needsMore()) {
    renew();
  }
}

// A scan counts as waiting from the moment it is made, not only once it is written down.
function showWaiting() {
  showState(page.state, page.waiting + page.unwritten);
}

// The bin and the unit are right, many more are wanted: a number says it quicker than as many scans.
function offerPad(found, code) {
  const task = taskAtHand(page.pack);
  const isMany = found.outcome === "picked" && found.units === 1 && task && !task.is_serial;
  page.padFor = isMany && task.qty > PAD_FROM && task.qty - task.picked > 1 ? task.id : null;
  page.itemCode = code;
}

function countMore(number) {
  const task = taskAtHand(page.pack);
  const rest = task.qty - task.picked;
  if (!(number >= 1 && number <= rest)) {
    tell("bad", say("not_a_count", { given: number, rest }));
    return;
  }
  book(task, page.itemCode, number);
}

function answer(task, found) {
  const text = say(found.outcome, found.parameters);
  if (!found.isAccepted) {
    tell("bad", text);
    return;
  }
  const isOrderDone =
    found.outcome === "task_done" &&
    !page.pack.tasks.some((each) => each.part === task.part && each.state === "open") &&
    !page.pack.parts_elsewhere.includes(task.part);
  if (isOrderDone) {
    tell("good", `${text} ${say("order_done", { order: task.order })}`, "complete");
  } else {
    tell(found.outcome === "shorted" || found.outcome === "undone" ? "warn" : "good", text, "good");
  }
}

const needsMore = () => {
  const open = openTasks(page.pack).length;
  return open === 0 || (open < FEW_TASKS && page.pack.others_open > 0);
};

// The server's view of the wave, once it has every scan of ours; what was scanned meanwhile comes first.
function renew() {
  page.renewing ??= renewOnce().finally(() => {
    page.renewing = null;
  });
  return page.renewing;
}

async function renewOnce() {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    await page.writes;
    const made = page.made;
    if (!(await page.sync.flush())) {
      return;
    }
    let fresh;
    try {
      fresh = await page.sync.fetchPack();
    } catch {
      return;
    }
    if (page.made === made) {
      await adopt(fresh);
      return;
    }
  }
}

async function adopt(fresh) {
  const before = page.pack?.returned_to;
  const stays = fresh.tasks.some((task) => task.id === before && task.state === "open");
  const isFirst = page.pack === null;
  page.pack = { ...fresh, returned_to: stays ? before : null };
  page.picker = fresh.picker;
  await page.journal.savePack(page.picker, page.pack);
  const task = taskAtHand(page.pack);
  if (isFirst && task) {
    greet(task);
  }
  show(page.pack, page);
}

function greet(task) {
  const text = task.is_located
    ? say("scan_item", { sku: task.sku, rest: task.qty - task.picked })
    : say("scan_bin", { bin: task.bin });
  showMessage("info", text);
}

const told = {
  // The device judged by what it knew; where the books say otherwise, the person hears it.
  onAnswer(scan, said) {
    if (said.is_accepted === scan.was_accepted && said.outcome === scan.judged) {
      return;
    }
    if (said.is_accepted !== scan.was_accepted) {
      const message = say(said.outcome, said.parameters);
      tell(said.is_accepted ? "warn" : "bad", say("server_says", { message }));
    }
    renew();
  },
  onRefused(scan, why) {
    tell("bad", say("refused", { code: scan.code, why }));
    renew();
  },
  onState(state, waiting) {
    page.state = state;
    page.waiting = waiting;
    showWaiting();
    document.querySelector("#sign-in").hidden = state !== "signed_out";
    if (state === "signed_out") {
      showMessage("warn", say("signed_out", { count: waiting }));
    }
  },
  async onIdentity(identity) {
    await page.journal.setFact("identity", { picker: identity.picker, picker_name: identity.picker_name });
    const others = await page.journal.countOthers(identity.picker);
    if (others) {
      showMessage("warn", say("other_picker", { name: identity.picker_name, count: others }));
    }
    page.picker = identity.picker;
  },
};

function restOfTask() {
  const task = taskAtHand(page.pack);
  return task.qty - task.picked;
}

function closePad() {
  page.padFor = null;
  show(page.pack, page);
}

async function start() {
  try {
    page.journal = await Journal.open();
  } catch {
    showMessage("bad", say("no_storage"));
    return;
  }
  const identity = await page.journal.fact("identity");
  page.picker = identity?.picker ?? null;
  page.sync = new Sync(page.journal, identity ?? null, urls, told);
  page.sync.deviceId = await page.journal.deviceId();
  page.pack = page.picker ? await page.journal.readPack(page.picker, urls.wave) : null;
  listenForScans((code) => take(code));
  wireButtons({ onCode: take, onCount: countMore, onClosePad: closePad, rest: restOfTask });
  wireTyping({ onCode: take, wasm: urls.wasm });
  if (page.pack) {
    const task = taskAtHand(page.pack);
    show(page.pack, page);
    if (task) {
      greet(task);
    }
  }
  await renew();
  if (!page.pack) {
    showMessage("warn", say("no_pack"));
  }
  setInterval(renew, RENEW_MS);
  root.dataset.ready = "yes";
  await keepForOffline();
  root.dataset.kept = "yes";
}

start();
