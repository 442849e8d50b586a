// The list of waves: a scan of a wave's number opens it, and what other waves still have to send is sent.

import { keepForOffline } from "./offline.js";
import { listenForScans } from "./wedge.js";

listenForScans((code) => {
  const wanted = code.trim().toUpperCase();
  const link = [...document.querySelectorAll("[data-wave]")].find((each) => each.dataset.wave === wanted);
  if (link) {
    location.assign(link.href);
    return;
  }
  const box = document.querySelector("#not-found");
  box.hidden = false;
  document.querySelector("#not-found-code").textContent = code;
});

keepForOffline();
