// The page of a source: what is to be pasted elsewhere is copied with one press.

import { announce } from "./page.js";
import { gettext } from "./words.js";

async function copy(button) {
  const words = document.getElementById(button.dataset.copy).textContent;
  try {
    await navigator.clipboard.writeText(words);
    button.textContent = gettext("Copied");
  } catch {
    getSelection().selectAllChildren(document.getElementById(button.dataset.copy));
    button.textContent = gettext("Selected");
  }
  announce(button.textContent);
}

for (const button of document.querySelectorAll("[data-copy]")) button.addEventListener("click", () => copy(button));
