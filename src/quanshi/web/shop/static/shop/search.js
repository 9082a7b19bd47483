// The suggestions by keyboard: arrows walk through them, Escape closes. Without this module Tab reaches them as well.

for (const form of document.querySelectorAll("[data-find]")) {
  const input = form.querySelector("input[type=search]");
  const list = form.querySelector(".find-suggestions");
  form.addEventListener("keydown", (event) => {
    if (event.isComposing) return; // an input method uses the same keys
    if (event.key === "Escape" && list.childElementCount > 0) {
      list.replaceChildren();
      input.focus();
      event.preventDefault();
      return;
    }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const stops = [input, ...list.querySelectorAll("a")];
    const at = stops.indexOf(document.activeElement);
    if (at < 0 || stops.length === 1) return;
    const step = event.key === "ArrowDown" ? 1 : -1;
    stops[(at + step + stops.length) % stops.length].focus();
    event.preventDefault();
  });
  // what is typed after the answer was asked for must not be covered by an old list
  input.addEventListener("input", () => {
    if (input.value.trim() === "") list.replaceChildren();
  });
}
