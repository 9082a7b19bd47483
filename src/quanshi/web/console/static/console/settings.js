// Shows the chosen accent at once. Saving checks and computes the same on the server.

const form = document.querySelector("[data-accent-preview]");
const preview = form?.querySelector("[data-preview]");
const input = form?.querySelector("input[name=accent]");

function luminance(colour) {
  const [red, green, blue] = [1, 3, 5]
    .map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function show() {
  const white = 1.05 / (luminance(input.value) + 0.05);
  preview.style.setProperty("--accent", input.value);
  preview.style.setProperty("--on-accent", white >= 4.5 ? "#ffffff" : "#000000");
}

if (input && preview) {
  input.addEventListener("input", show);
}
