// Follows an order: every event of its stream makes the page's part ask for itself again.
// EventSource resumes by itself with Last-Event-ID after the net was away.

const stream = document.querySelector("[data-stream]")?.dataset.stream;
if (stream) {
  const source = new EventSource(stream);
  const refresh = () => document.getElementById("order").dispatchEvent(new CustomEvent("order-changed"));
  let isFirst = true;
  source.addEventListener("timeline", () => refresh());
  source.addEventListener("open", () => {
    // what happened between the page and a new connection is not sent again; the first connection follows the page
    if (!isFirst) refresh();
    isFirst = false;
  });
  document.addEventListener("countdown-over", refresh);
}
