// Keeps the shell of the app, so that it opens without the network. What the issuer
// says about cards is never kept.
const shell = "shell-1";
const parts = ["/app/", "/app/app.js", "/app/api.js", "/app/app.css", "/assets/seal.js", "/assets/icon.svg"];

self.addEventListener("install", (event) => event.waitUntil(caches.open(shell).then((cache) => cache.addAll(parts))));

self.addEventListener("activate", (event) => event.waitUntil(
  caches.keys().then((names) => Promise.all(names.filter((name) => name !== shell).map((name) => caches.delete(name))))));

self.addEventListener("fetch", (event) => {
  const path = new URL(event.request.url).pathname;
  if (event.request.method !== "GET" || !parts.includes(path)) return;
  event.respondWith(fetch(event.request).then((answer) => {
    if (answer.ok) {
      const copy = answer.clone();
      event.waitUntil(caches.open(shell).then((cache) => cache.put(path, copy)));
    }
    return answer;
  }).catch(() => caches.match(path)));
});
