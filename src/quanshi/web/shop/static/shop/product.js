// Shows the price, the stock and the picture of the variant that the chosen options come to, and moves the gallery's count.
// Without it the form still sends the choice, and the server says what it comes to.

const SEPARATOR = "\u001f"; // options.py writes the same

const gallery = document.getElementById("gallery");
const place = document.querySelector("[data-gallery-place]");
if (place) {
  gallery.addEventListener(
    "scroll",
    () => {
      place.textContent = String(Math.round(gallery.scrollLeft / gallery.clientWidth) + 1);
    },
    { passive: true },
  );
}

const chosenIn = (form) => [...form.querySelectorAll("input[type=radio]:checked")].map((radio) => radio.value);

/** Marks each value that is sold out beside what is chosen of the other options. */
function markSoldOut(form) {
  const chosen = chosenIn(form);
  const inStock = new Set();
  for (const offer of form.querySelectorAll("[data-offer]")) {
    if (Number(offer.dataset.available)) inStock.add(offer.dataset.options);
  }
  form.querySelectorAll(".option").forEach((option, place) => {
    for (const chip of option.querySelectorAll(".chip")) {
      const { value } = chip.querySelector("input");
      const isSoldOut = !inStock.has(chosen.map((other, at) => (at === place ? value : other)).join(SEPARATOR));
      chip.classList.toggle("chip-sold-out", isSoldOut);
      chip.querySelector("[data-sold-out]").hidden = !isSoldOut;
    }
  });
}

function show(form) {
  const chosen = chosenIn(form);
  const offers = [...form.querySelectorAll("[data-offer]")];
  markSoldOut(form);
  const offer = offers.find((each) => each.dataset.options === chosen.join(SEPARATOR));
  for (const each of offers) each.hidden = each !== offer;
  form.querySelector("[data-no-offer]").hidden = Boolean(offer);
  const available = Number(offer?.dataset.available ?? 0);
  for (const button of form.querySelectorAll("button[name=then]")) button.disabled = available === 0;
  const quantity = form.querySelector("input[name=quantity]");
  quantity.max = String(Math.max(Number(offer?.dataset.most ?? 0), 1));
  if (Number(quantity.value) > Number(quantity.max)) quantity.value = quantity.max;
  quantity.dispatchEvent(new Event("input"));
  if (!offer) return;
  document.querySelector("[data-chosen]").textContent = chosen.join(" · ");
  document.querySelector("[data-offer-price]").innerHTML = offer.querySelector(".product-price").innerHTML;
  const picture = gallery.querySelectorAll(".picture")[Number(offer.dataset.picture)];
  form.querySelector("[data-offer-picture]").replaceChildren(small(picture));
  gallery.scrollTo({ left: gallery.clientWidth * Number(offer.dataset.picture) });
}

function small(picture) {
  const copy = picture.cloneNode(true);
  for (const part of copy.querySelectorAll("source")) part.sizes = "6rem";
  const image = copy.querySelector("img");
  if (image) image.alt = "";
  return copy;
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-offers] input[type=radio]")) show(event.target.form);
});
const markAll = () => document.querySelectorAll("[data-offers]").forEach(markSoldOut);
markAll();
document.addEventListener("htmx:load", markAll);
document.addEventListener("in-cart", () => {
  document.querySelector("#choose:popover-open")?.hidePopover();
});
