// The little that pages do beyond HTML: the CSRF header on htmx requests, questions before what cannot be
// undone, and one press per button.
"use strict";

(() => {
  const token = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";

  document.addEventListener("htmx:config:request", (event) => {
    event.detail.ctx.request.headers["X-CSRF-Token"] = token();
  });

  // <form data-confirm="Disable Ann Lee?"> asks first. Enter on the question answers yes, Escape no.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
    if (question && !window.confirm(question)) {
      event.preventDefault();
      return;
    }
    if (form.method !== "post" || event.defaultPrevented) {
      return;
    }
    // A second press would be answered from the form token; not sending it saves the wait.
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    event.submitter?.setAttribute("aria-busy", "true");
  });

  // Coming back by the browser's own button shows the old page; its forms may be pressed again.
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      for (const button of form.querySelectorAll("[aria-busy]")) {
        button.removeAttribute("aria-busy");
      }
    }
  });

  // On a phone the bar of desks is wider than the screen; the desk that is open stands in sight.
  document
    .querySelector('.places [aria-current="page"]')
    ?.scrollIntoView({ block: "nearest", inline: "center" });

  // <button data-copy="#id"> puts a text shown once where it can be pasted.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) {
      return;
    }
    await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent.trim());
    button.textContent = button.dataset.copied;
  });
})();
