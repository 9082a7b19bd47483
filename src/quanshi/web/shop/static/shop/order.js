// Follows an order: whatever its stream tells makes the page's part ask for itself again.
// The browser reconnects by itself, with the last entry it has seen.

const follow = document.querySelector("[data-stream]")?.dataset.stream;
if (follow) {
  const source = new EventSource(follow);
  let waiting = 0;
  // entries of one moment come as several messages; the page is asked for once
  const refresh = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => document.getElementById("order").dispatchEvent(new CustomEvent("order-changed")), 150);
  };
  source.addEventListener("message", refresh);
  source.addEventListener("end", () => source.close());
  document.addEventListener("countdown-over", refresh);
  addEventListener("pagehide", () => source.close());
}
