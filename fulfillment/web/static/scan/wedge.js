// A scanner types: a burst of keys a few milliseconds apart, ended by Enter or Tab. This listens wherever the
// focus is and takes the burst away from the page, so that a code can neither press a button nor fill a field.

const SCANNER_GAP_MS = 60;
const PERSON_GAP_MS = 2000;
const SHORTEST_BURST = 3;
const GROUP_SEPARATOR = "\u001d";

const isField = (element) =>
  Boolean(element?.matches?.("textarea, select, input:not([type=button], [type=submit], [type=checkbox])"));

const isControl = (element) => Boolean(element?.matches?.("button, a[href], summary, [role=button]"));

// The character a key stands for; scanners send the group separator of GS1 codes as Ctrl and ].
function characterOf(event) {
  if (event.ctrlKey && (event.key === "]" || event.code === "BracketRight")) {
    return GROUP_SEPARATOR;
  }
  if (event.ctrlKey || event.altKey || event.metaKey) {
    return "";
  }
  return [...event.key].length === 1 ? event.key : "";
}

// Calls `onScan(code)` for each burst, and for what a person types where nothing else would take it.
export function listenForScans(onScan, target = window) {
  let buffer = "";
  let lastAt = 0;
  let widestGap = 0;
  let field = null;
  let valueBefore = "";

  const forget = () => {
    buffer = "";
    widestGap = 0;
  };

  const isBurst = () => buffer.length >= SHORTEST_BURST && widestGap <= SCANNER_GAP_MS;

  const takeKey = (event, character) => {
    const gap = event.timeStamp - lastAt;
    const inField = isField(event.target);
    if (buffer && gap > (inField ? SCANNER_GAP_MS : PERSON_GAP_MS)) {
      forget();
    }
    if (!buffer) {
      field = inField ? event.target : null;
      valueBefore = field ? field.value : "";
    } else {
      widestGap = Math.max(widestGap, gap);
    }
    buffer += character;
    lastAt = event.timeStamp;
    // From the second quick key on it is no person: nothing on the page may react to it.
    if (!inField && (buffer.length > 1 || character === " ") && !isControl(event.target)) {
      event.preventDefault();
    } else if (!inField && buffer.length > 1 && widestGap <= SCANNER_GAP_MS) {
      event.preventDefault();
    }
  };

  const endCode = (event) => {
    widestGap = Math.max(widestGap, event.timeStamp - lastAt);
    const inField = isField(event.target);
    const isTyped = !inField && !isControl(event.target) && event.key === "Enter" && buffer.length > 0;
    if (isBurst() || isTyped) {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (field && isBurst()) {
        field.value = valueBefore;
      }
      const code = buffer;
      forget();
      onScan(code);
      return;
    }
    forget();
  };

  target.addEventListener(
    "keydown",
    (event) => {
      if (event.isComposing) {
        return;
      }
      if (event.key === "Enter" || event.key === "Tab") {
        endCode(event);
        return;
      }
      const character = characterOf(event);
      if (character) {
        takeKey(event, character);
      }
    },
    { capture: true },
  );
}
