// GS1 element strings as scanners deliver them: article, lot, expiry, serial number and count in one code.

const GS = "\u001d";
const SHORTEST = 16;

// Lengths of what follows an identifier whose value needs no separator (GS1 General Specifications, 7.8.5).
const FIXED = {
  "00": 18, "01": 14, "02": 14, "03": 14, "04": 16,
  11: 6, 12: 6, 13: 6, 14: 6, 15: 6, 16: 6, 17: 6, 18: 6, 19: 6, 20: 2,
};
const identifierLength = (rest) => {
  const two = rest.slice(0, 2);
  if (["31", "32", "33", "34", "35", "36", "39", "70", "71", "72", "80", "81", "82"].includes(two)) {
    return 4;
  }
  return ["23", "24", "25", "40", "41", "42"].includes(two) ? 3 : 2;
};
const fixedLength = (identifier) => {
  if (/^3[1-6]/.test(identifier)) {
    return 6;
  }
  return /^41/.test(identifier) ? 13 : FIXED[identifier];
};

function readRaw(text) {
  const values = {};
  let rest = text;
  while (rest) {
    if (rest[0] === GS) {
      rest = rest.slice(1);
      continue;
    }
    const identifier = rest.slice(0, identifierLength(rest));
    if (!/^\d{2,4}$/.test(identifier)) {
      return null;
    }
    rest = rest.slice(identifier.length);
    const fixed = fixedLength(identifier);
    const separator = rest.indexOf(GS);
    const end = fixed ?? (separator === -1 ? rest.length : separator);
    if (rest.length < end || end === 0) {
      return null;
    }
    values[identifier] = rest.slice(0, end);
    rest = rest.slice(end);
  }
  return values;
}

function readBracketed(text) {
  const values = {};
  for (const [, identifier, value] of text.matchAll(/\((\d{2,4})\)([^(]+)/g)) {
    values[identifier] = value;
  }
  return values;
}

export function hasCheckDigit(digits) {
  if (!/^\d{8}$|^\d{12,14}$/.test(digits)) {
    return false;
  }
  const sum = [...digits]
    .reverse()
    .slice(1)
    .reduce((total, digit, place) => total + Number(digit) * (place % 2 ? 1 : 3), 0);
  return (10 - (sum % 10)) % 10 === Number(digits.at(-1));
}

// What the code says, or null if it names no article.
export function readElementString(code) {
  const text = code.replace(/^\](C1|d2|Q3|e0|J1)/, "");
  if (text.length < SHORTEST) {
    return null;
  }
  const values = text.startsWith("(") ? readBracketed(text) : readRaw(text);
  const gtin = values?.["01"] ?? values?.["02"];
  if (!gtin || !hasCheckDigit(gtin)) {
    return null;
  }
  const count = values["30"] ?? values["37"];
  return {
    gtin,
    lot: values["10"] ?? null,
    serial: values["21"] ?? null,
    units: count ? Number(count) : null,
  };
}
