// Deciding by key, and what follows a swap of the case. Every key presses a button that is on the page.

import { announce } from "./page.js";
import { gettext } from "./words.js";

const UNREAD = 250; // ms: nobody has read a case that is younger, so a key then was meant for the one before
const COMPOSED = 229; // the key code of what an input method swallowed
const LATIN = /^\p{Script=Latin}$/u;
const FOREIGN = /^([^\x00-\x7f]{1,2}|Process|Unidentified)$/u;
let shownAt = 0;

const desk = () => document.getElementById("desk");
const dialog = document.getElementById("keys");
const isTyping = (element) => element.closest("textarea, select, input:not([type=hidden])") !== null;
const isBusy = () => document.querySelector("#desk :is(form, button).htmx-request") !== null;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || dialog.open) return;
  if (event.isComposing || (event.keyCode === COMPOSED && isTyping(event.target))) return; // the input method's own
  if (isTyping(event.target)) {
    if (event.key === "Escape") leaveSheet();
    return;
  }
  if (event.key === "Escape") return leaveSheet();
  if (event.key.startsWith("Arrow")) return moveAlong(event);
  const button = buttonFor(event);
  if (!button) return;
  event.preventDefault();
  if (isBusy() || performance.now() - shownAt < UNREAD) return;
  button.matches("summary") ? openSheet(button.parentElement) : button.click();
});

// By what the key writes; by where it lies where that is no Latin letter: Cyrillic, Hebrew, Korean and other layouts.
function keyOf({ key, code, shiftKey }) {
  const digit = !shiftKey && /^Digit(\d)$/.exec(code)?.[1]; // the row of digits, also where it writes other signs
  if (digit) return digit;
  if (LATIN.test(key)) return key.toUpperCase();
  if (!FOREIGN.test(key)) return key;
  return /^Key([A-Z])$/.exec(code)?.[1] ?? (code === "Slash" && shiftKey ? "?" : key);
}

function buttonFor(event) {
  const key = keyOf(event);
  if (key === "Enter" || key === " ") {
    if (event.target.closest("button, a, summary")) return null; // it presses itself
    return desk().querySelector('[data-key="Enter"]');
  }
  return [...desk().querySelectorAll("[data-key]")].find((button) => button.dataset.key === key && !button.disabled);
}

function moveAlong(event) {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  const buttons = [...desk().querySelectorAll(".decision")];
  const at = buttons.indexOf(document.activeElement);
  if (!buttons.length || (at < 0 && (event.key === "ArrowUp" || event.key === "ArrowDown"))) return;
  event.preventDefault();
  buttons[at < 0 ? 0 : (at + step + buttons.length) % buttons.length].focus();
}

function openSheet(sheet) {
  sheet.open = true;
  sheet.querySelector("textarea, select").focus();
}

function leaveSheet() {
  const open = desk().querySelector(".note[open]");
  if (!open) return;
  open.open = false;
  document.getElementById("message")?.focus({ preventScroll: true });
}

// A sheet makes room under the message and moves it up as far as it lies on it: one writes about what one sees.
function uncover(sheet) {
  const body = desk().querySelector(".case-body");
  const message = document.getElementById("message");
  const over = sheet.querySelector(".note-sheet");
  if (!body || !message || !over) return;
  body.style.paddingBottom = sheet.open ? `${over.offsetHeight + 20}px` : "";
  if (!sheet.open) return;
  const scrolls = getComputedStyle(body).overflowY === "auto";
  const top = scrolls ? body.getBoundingClientRect().top : document.querySelector(".nav").offsetHeight;
  const { top: begins, bottom: ends } = message.getBoundingClientRect();
  const by = Math.min(ends + 8 - over.getBoundingClientRect().top, begins - top - 8);
  if (by > 0) (scrolls ? body : window).scrollBy(0, by);
}

document.addEventListener("toggle", ({ target }) => target.matches?.(".decide .note") && uncover(target), true);

// The note of a rule to begin from, in place of what its own would be.
document.addEventListener("change", ({ target }) => {
  if (!target.matches?.(".begin-with") || !target.value) return;
  const note = document.getElementById("note-to-author");
  note.value = target.value;
  note.dispatchEvent(new Event("input", { bubbles: true }));
  note.focus();
});

document.addEventListener("click", (event) => {
  if (event.target.closest?.(".keys-button")) dialog.showModal();
});

function tellNewCase() {
  shownAt = performance.now();
  const message = document.getElementById("message");
  const done = desk().querySelector(".toast p")?.textContent.trim().replace(/\s+/g, " ");
  if (!desk().closest(".queue-side")) scrollTo(0, 0);
  if (message) message.focus({ preventScroll: true });
  else desk().querySelector('[data-key="Enter"]')?.focus();
  announce([done, message ? gettext("Next case.") : gettext("No case in your hands.")].filter(Boolean).join(". "));
}

function runOut(toast) {
  const left = Number(toast.dataset.seconds) * 1000;
  const share = Math.min(1, left / (Number(toast.dataset.window) * 1000 || 1));
  const line = toast.querySelector(".toast-line");
  // A sheet's rules about motion do not reach what a script animates.
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) line.remove();
  else line.animate([{ transform: `scaleX(${share})` }, { transform: "scaleX(0)" }], { duration: left, fill: "forwards" });
  setTimeout(() => toast.remove(), left);
}

function start() {
  for (const toast of desk().querySelectorAll(".toast")) runOut(toast);
}

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id !== "desk") return;
  start();
  if (event.detail.requestConfig.verb !== "get") tellNewCase();
});
start();
document.getElementById("message")?.focus({ preventScroll: true });
