// The list: filters act on change (without this script a button does it), and cases are chosen to be decided together.

import { gettext, put } from "./words.js";

const boxes = () => [...document.querySelectorAll('#queue tbody input[name="case"]')];
let last = null; // the box that was pressed last: Shift chooses from there

function tell() {
  const chosen = boxes().filter((box) => box.checked).length;
  const all = document.getElementById("pick-all");
  const button = document.querySelector("#bulk button");
  if (!all || !button) return;
  all.checked = chosen > 0 && chosen === boxes().length;
  all.indeterminate = chosen > 0 && !all.checked;
  button.disabled = chosen === 0;
  document.getElementById("picked").textContent = chosen
    ? put(gettext("%(count)s chosen"), { count: chosen })
    : gettext("Choose cases by their boxes; with Shift, a range.");
}

function prepare() {
  for (const button of document.querySelectorAll(".no-script")) button.hidden = true;
  const all = document.getElementById("pick-all");
  if (all) all.hidden = boxes().length === 0;
  last = null;
  tell();
}

function choose(event) {
  const all = boxes();
  if (event.target.id === "pick-all") for (const box of all) box.checked = event.target.checked;
  else if (event.target.name === "case") {
    const [from, to] = [all.indexOf(last), all.indexOf(event.target)].sort((a, b) => a - b);
    if (event.shiftKey && from >= 0) for (const box of all.slice(from, to + 1)) box.checked = event.target.checked;
    last = event.target;
  } else return;
  tell();
}

document.addEventListener("click", choose);
document.addEventListener("htmx:afterSwap", prepare);
addEventListener("pageshow", prepare);
prepare();
