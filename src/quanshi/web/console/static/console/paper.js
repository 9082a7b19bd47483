// The browser's own print dialogue; without scripts its menu does the same.
const button = document.querySelector("[data-print]");
button.hidden = false;
button.addEventListener("click", () => window.print());
