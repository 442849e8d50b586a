// Registers the service worker and hands it what this page is made of, so that a reload works without a
// connection from the first visit on.

const KEPT = "fulfillment-scan-1";

export async function keepForOffline() {
  if (!window.isSecureContext || !navigator.serviceWorker || !navigator.onLine) {
    return;
  }
  await navigator.serviceWorker.register("/scan/service-worker.js");
  const parts = performance
    .getEntriesByType("resource")
    .map((entry) => new URL(entry.name))
    .filter((url) => url.origin === location.origin && url.pathname.startsWith("/static/"));
  const cache = await caches.open(KEPT);
  const paths = parts.map((url) => url.pathname + url.search);
  await cache.addAll([...new Set(["/scan/", location.pathname, ...paths])]);
}
