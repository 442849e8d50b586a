// The page's sentences in the reader's language, with the names in braces filled in.

const SENTENCES = JSON.parse(document.querySelector("#scan-words").textContent);

export function say(name, values = {}) {
  return SENTENCES[name].replace(/\{(\w+)\}/g, (_, key) => String(values[key] ?? "")).trim();
}
