// Says on a button that its form has been sent, and keeps it from being sent again.
for (const form of document.querySelectorAll("form")) {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) {
      event.preventDefault();
      return;
    }
    sent = true;
    const button = event.submitter;
    if (button?.dataset.busy) {
      button.textContent = button.dataset.busy;
      button.classList.add("busy");
    }
  });
}
// A page that comes back from the browser's memory starts anew.
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
