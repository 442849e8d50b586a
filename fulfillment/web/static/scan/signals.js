// Three channels at once: color with a sign over the whole screen, a tone, and vibration.

const FLASH_MS = 250;
const PATTERNS = {
  good: { notes: [[1320, 0, 0.09]], buzz: [40] },
  bad: { notes: [[220, 0, 0.16], [196, 0.22, 0.22]], buzz: [180, 80, 180] },
  warn: { notes: [[520, 0, 0.12], [520, 0.18, 0.12]], buzz: [90, 60, 90] },
  complete: { notes: [[880, 0, 0.1], [1109, 0.12, 0.1], [1480, 0.24, 0.18]], buzz: [40, 40, 40, 40, 120] },
};
const SIGNS = { good: "✓", bad: "×", warn: "!", complete: "✓✓" };

let audio = null;
let timer = 0;

// Browsers play nothing before the first key or touch, and complain about those who try.
const mayDisturb = () => navigator.userActivation?.hasBeenActive ?? true;

function play(notes) {
  const Context = window.AudioContext;
  if (!Context || !mayDisturb()) {
    return;
  }
  audio ??= new Context();
  if (audio.state === "suspended") {
    audio.resume();
  }
  for (const [frequency, after, seconds] of notes) {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    const from = audio.currentTime + after;
    tone.type = "square";
    tone.frequency.value = frequency;
    volume.gain.setValueAtTime(0.18, from);
    volume.gain.exponentialRampToValueAtTime(0.001, from + seconds);
    tone.connect(volume).connect(audio.destination);
    tone.start(from);
    tone.stop(from + seconds);
  }
}

function flash(kind) {
  const screen = document.querySelector("#flash");
  screen.dataset.kind = kind;
  screen.textContent = SIGNS[kind];
  screen.hidden = false;
  clearTimeout(timer);
  timer = setTimeout(() => {
    screen.hidden = true;
  }, FLASH_MS);
}

export function signal(kind) {
  const pattern = PATTERNS[kind];
  flash(kind);
  play(pattern.notes);
  if (mayDisturb()) {
    navigator.vibrate?.(pattern.buzz);
  }
}
