// Sections are dragged by their grip; where one is dropped is sent as the form of its buttons would send it.

let dragged = null;

function enhance(root) {
  const list = root.querySelector?.("[data-sections]");
  if (!list) return;
  for (const row of list.children) {
    const grip = row.querySelector("[data-grip]");
    grip.hidden = false;
    grip.addEventListener("pointerdown", () => (row.draggable = true));
    grip.addEventListener("pointerup", () => (row.draggable = false));
    row.addEventListener("dragstart", (event) => {
      dragged = row;
      event.dataTransfer.effectAllowed = "move";
      row.classList.add("is-dragged");
    });
    row.addEventListener("dragend", () => {
      row.draggable = false;
      row.classList.remove("is-dragged");
      dragged = null;
    });
    row.addEventListener("dragover", (event) => {
      if (!dragged) return;
      event.preventDefault();
      const box = row.getBoundingClientRect();
      const isAbove = event.clientY < box.top + box.height / 2;
      if (dragged !== row) row[isAbove ? "before" : "after"](dragged);
    });
    row.addEventListener("drop", (event) => {
      if (!dragged) return;
      event.preventDefault();
      const button = dragged.querySelector("[data-move] button");
      button.disabled = false;
      button.value = String([...list.children].indexOf(dragged));
      button.form.requestSubmit(button);
    });
  }
}

enhance(document);
document.addEventListener("htmx:load", (event) => enhance(event.target.parentElement ?? document));
