// Keeps the scan page and its parts for when there is no connection. It governs /scan/ only.
"use strict";

const KEPT = "fulfillment-scan-1";
const PATIENCE_MS = 4000;

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("activate", (event) => {
  const renew = async () => {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(renew());
});

const keep = async (request, answer) => {
  if (answer.ok && answer.type === "basic" && !answer.redirected) {
    const cache = await caches.open(KEPT);
    await cache.put(request, answer.clone());
  }
  return answer;
};

const late = (ms) =>
  new Promise((_, reject) => {
    setTimeout(() => reject(new Error("late")), ms);
  });

// The network where it answers in time, else what was kept; a slow answer is kept for the next time.
const fresh = async (request) => {
  if (!navigator.onLine) {
    const kept = await caches.match(request, { ignoreVary: true });
    if (kept) {
      return kept;
    }
  }
  const asked = fetch(request).then((answer) => keep(request, answer));
  try {
    return await Promise.race([asked, late(PATIENCE_MS)]);
  } catch {
    const kept = await caches.match(request, { ignoreVary: true });
    return kept ?? asked;
  }
};

const lasting = async (request) =>
  (await caches.match(request, { ignoreVary: true })) ?? keep(request, await fetch(request));

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) {
    return;
  }
  if (url.pathname.startsWith("/static/")) {
    event.respondWith(url.searchParams.has("v") ? lasting(event.request) : fresh(event.request));
  } else if (event.request.mode === "navigate") {
    event.respondWith(fresh(event.request));
  }
});
