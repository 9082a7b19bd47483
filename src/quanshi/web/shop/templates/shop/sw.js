{% load static %}// Keeps the frame of the pages at hand, so that losing the net shows a page of ours. Personal pages are never kept.
const SHEETS = ["{% static "quanshi/tokens.css" %}", "{% static "quanshi/base.css" %}", "{% static "quanshi/controls.css" %}", "{% static "quanshi/parts.css" %}"];
const SHELL = `shell ${SHEETS.join(" ")}`;
const OFFLINE = "{% url "shop:offline" %}";
const FILES = [OFFLINE, ...SHEETS, "{% static "quanshi/plain.css" %}", "{% static "quanshi/mark.svg" %}"];

addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll(FILES)).then(() => skipWaiting()));
});

addEventListener("activate", (event) => {
  const drop = (names) => Promise.all(names.filter((name) => name !== SHELL).map((name) => caches.delete(name)));
  event.waitUntil(caches.keys().then(drop).then(() => clients.claim()));
});

addEventListener("fetch", (event) => {
  if (event.request.method !== "GET") return;
  if (event.request.mode === "navigate") {
    event.respondWith(fetch(event.request).catch(() => caches.match(OFFLINE)));
  } else if (FILES.includes(new URL(event.request.url).pathname)) {
    event.respondWith(caches.match(event.request).then((kept) => kept ?? fetch(event.request)));
  }
});
