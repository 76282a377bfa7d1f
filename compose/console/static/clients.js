// Narrows lists of clients while something is typed, says aloud what was done, and makes the dialog a modal one. Without it
// the forms do the same.
const plain = (text) => text.toLowerCase().replace(/\s+/g, "");

for (const input of document.querySelectorAll("[data-narrows]")) {
  const list = document.getElementById(input.dataset.narrows);
  const hides = document.querySelector(`[data-hides="${input.dataset.narrows}"]`);
  const narrow = () => {
    for (const row of list?.children ?? []) {
      const fits = plain(row.querySelector(".client").textContent).includes(plain(input.value));
      row.hidden = !fits || Boolean(hides?.checked && "added" in row.dataset);
    }
  };
  input.addEventListener("input", narrow);
  hides?.addEventListener("change", narrow);
}

// A live region is read when it changes, not when it comes with the page. It keeps its place meanwhile: what moves under
// the mouse is missed by it.
for (const region of document.querySelectorAll(".said")) {
  const said = [...region.childNodes];
  region.style.minHeight = `${region.offsetHeight}px`;
  region.replaceChildren();
  setTimeout(() => region.replaceChildren(...said), 100);
}

// The dialog that the page came with keeps the focus to itself, at the client that was just changed, and Escape closes it.
const dialog = document.querySelector("dialog.choose");
if (dialog) {
  dialog.close();
  dialog.showModal();
  if (location.hash) document.getElementById(location.hash.slice(1))?.querySelector("button")?.focus();
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    document.getElementById("done").requestSubmit();
  });
}
