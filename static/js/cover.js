// A covered text shows while Space is held, and is covered again with the key, or when the window is left.

const isElsewhere = (element) => element.closest?.("textarea, select, input, button, a, summary, dialog") !== null;

function show(isOpen) {
  document.querySelector(".is-covered")?.classList.toggle("is-open", isOpen);
}

document.addEventListener("keydown", (event) => {
  if (event.key !== " " || isElsewhere(event.target) || !document.querySelector(".is-covered")) return;
  event.preventDefault(); // else it scrolls
  show(true);
});
document.addEventListener("keyup", (event) => event.key === " " && show(false));
window.addEventListener("blur", () => show(false));
