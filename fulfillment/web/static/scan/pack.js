// The packing bench: each scanned unit is ticked off in its box; what belongs in none of them is refused.

import { hasCheckDigit, readElementString } from "./gs1.js";
import { listenForScans } from "./wedge.js";

const core = (digits) => digits.replace(/^0+/, "");
const lines = [...document.querySelectorAll("[data-check]")];
const box = document.querySelector("#check-message");

const isNamed = (line, code, reading) => {
  const codes = line.dataset.codes.split(" ");
  const number = reading?.gtin ?? (hasCheckDigit(code) ? code : "");
  const isSame = codes.some((each) => each === code || (number && core(each) === core(number)));
  return isSame && (!reading?.lot || !line.dataset.lot || reading.lot === line.dataset.lot);
};

const checked = (line) => Number(line.dataset.done ?? 0);

function take(raw) {
  const code = raw.trim();
  const reading = readElementString(code);
  const named = lines.filter((line) => isNamed(line, code, reading));
  const line = named.find((each) => checked(each) < Number(each.dataset.qty));
  box.hidden = Boolean(line);
  if (!line) {
    const words = document.querySelector("#scan-words").dataset;
    const said = named.length ? words.full : words.foreign;
    document.querySelector("#check-words").textContent = said.replace("{code}", code);
    return;
  }
  line.dataset.done = String(checked(line) + 1);
  line.querySelector("[data-checked]").textContent = `${checked(line)} / `;
  line.classList.toggle("is-checked", checked(line) === Number(line.dataset.qty));
}

if (lines.length) {
  listenForScans(take);
}
