// Sections are dragged by their grip; where one is dropped is sent as the form of its buttons would send it.

let dragged = null;

const rowOf = (event) => event.target.closest?.("[data-section]");

function showGrips() {
  for (const grip of document.querySelectorAll("[data-grip]")) grip.hidden = false;
}

document.addEventListener("pointerdown", (event) => {
  const row = rowOf(event);
  if (row) row.draggable = Boolean(event.target.closest("[data-grip]"));
});

document.addEventListener("dragstart", (event) => {
  const row = rowOf(event);
  if (!row?.draggable) return;
  dragged = row;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", row.dataset.section);
  row.classList.add("is-dragged");
});

document.addEventListener("dragover", (event) => {
  if (!dragged) return;
  event.preventDefault();
  const row = rowOf(event);
  if (!row || row === dragged || row.parentElement !== dragged.parentElement) return;
  const box = row.getBoundingClientRect();
  row[event.clientY < box.top + box.height / 2 ? "before" : "after"](dragged);
});

document.addEventListener("drop", (event) => {
  if (dragged) event.preventDefault();
});

document.addEventListener("dragend", () => {
  if (!dragged) return;
  const row = dragged;
  dragged = null;
  row.draggable = false;
  row.classList.remove("is-dragged");
  const button = row.querySelector("[data-move] button");
  button.disabled = false;
  button.value = String([...row.parentElement.children].indexOf(row));
  button.click(); // a click, since htmx takes the value of the button that was clicked
});

showGrips();
document.addEventListener("htmx:load", showGrips);
