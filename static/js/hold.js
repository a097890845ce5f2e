// The heartbeat of a claim: renewed while the page shows and somebody is there, counted down for them to see.

import { allIsWell, isRepaired, REPAIRS } from "./page.js";
import { gettext, put } from "./words.js";

const EVERY = 30_000; // ms between heartbeats
const AWAY = 10 * 60_000; // ms without a sign of a person: then the case goes back by itself

let endsAt = 0;
let renewedAt = Date.now();
let touchedAt = Date.now();
let held = null;
let isLost = false;
let repairs = 0;

function adopt() {
  const form = document.getElementById("case");
  if (form === held) return;
  held = form;
  isLost = false;
  renewedAt = touchedAt = Date.now();
  const counter = form?.querySelector("[data-hold]");
  endsAt = counter ? Date.now() + Number(counter.dataset.hold) * 1000 : 0;
}

async function renew() {
  const form = held;
  renewedAt = Date.now();
  const headers = { "HX-Request": "true", "HX-Current-URL": location.href };
  try {
    const answer = await fetch(form.dataset.renew, { method: "POST", body: new FormData(form), headers });
    if (form !== held) return;
    if (answer.ok) prolong((await answer.json()).seconds);
    else if (answer.status === 409) tellLost((await answer.json()).lost);
    else if (isRepaired(answer.status, await answer.text(), (name) => answer.headers.get(name))) tryOnceMore();
  } catch {
    // The server did not answer. The countdown goes on to show what is left, and the next beat tries again.
  }
}

function tryOnceMore() {
  if (repairs < REPAIRS) renewedAt = 0;
  repairs += 1;
}

function prolong(seconds) {
  repairs = 0;
  endsAt = Date.now() + seconds * 1000;
  allIsWell();
}

function tellLost(words) {
  isLost = true;
  const alert = document.getElementById("case-alert");
  const told = document.getElementById("note-text").value
    ? gettext("%(lost)s A decision made here would be refused. Your note is kept in the note field.")
    : gettext("%(lost)s A decision made here would be refused.");
  alert.textContent = put(told, { lost: words });
  alert.hidden = false;
  held.querySelector("[data-hold]").textContent = "0:00";
  for (const button of held.querySelectorAll(".decision")) button.disabled = true;
}

function tick() {
  adopt();
  if (!held || isLost) return;
  const left = Math.max(0, Math.round((endsAt - Date.now()) / 1000));
  held.querySelector("[data-hold]").textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  const isThere = document.visibilityState === "visible" && Date.now() - touchedAt < AWAY;
  if (isThere && Date.now() - renewedAt >= EVERY) renew();
}

function touch() {
  touchedAt = Date.now();
}

for (const sign of ["keydown", "pointermove", "pointerdown", "scroll"]) {
  document.addEventListener(sign, touch, { passive: true, capture: true });
}
document.addEventListener("htmx:afterSwap", tick);
setInterval(tick, 1000);
tick();
