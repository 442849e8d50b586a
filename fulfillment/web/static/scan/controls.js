// What a finger does where there is no scanner: the large buttons, the number pad, the typed code, the camera.

import { showMessage } from "./screen.js";
import { say } from "./words.js";

export function wireButtons({ onCode, onCount, onClosePad, rest }) {
  for (const button of document.querySelectorAll("[data-code]")) {
    button.addEventListener("click", () => {
      // The focus goes back to the page, so that the next scan's Enter presses nothing.
      button.blur();
      onCode(button.dataset.code);
    });
  }
  const typed = document.querySelector("#pad-typed");
  document.querySelector("#pad").addEventListener("click", (event) => {
    const key = event.target.closest("[data-key]")?.dataset.key;
    event.target.closest("button")?.blur();
    if (key === "all") {
      onCount(rest());
    } else if (key === "count" && typed.textContent) {
      onCount(Number(typed.textContent));
    } else if (key === "close") {
      onClosePad();
    } else if (/^\d$/.test(key ?? "")) {
      typed.textContent = (typed.textContent + key).slice(-4);
    }
  });
}

export function wireTyping({ onCode, wasm }) {
  const dialog = document.querySelector("#typing");
  const input = document.querySelector("#typed");
  const tellProblem = (why) => showMessage("warn", say("camera_missing", { why }));
  document.querySelector("#type").addEventListener("click", () => dialog.showModal());
  document.querySelector("#typing-form").addEventListener("submit", (event) => {
    const code = event.submitter?.value === "close" ? "" : input.value;
    input.value = "";
    onCode(code);
  });
  document.querySelector("#camera").addEventListener("click", async () => {
    if (!window.isSecureContext || !navigator.mediaDevices) {
      showMessage("warn", say("camera_insecure"));
      dialog.close();
      return;
    }
    const { watch } = await import("./camera.js");
    watch({ dialog, onCode, wasm, onProblem: tellProblem });
  });
}
