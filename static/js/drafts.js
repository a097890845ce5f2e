// What is typed outlives its page: a reload, a sign-out, a server that is gone, a tab that was closed, a claim that ran
// out. It is kept in this browser, by person and by what it is about, until it is sent, or for a week.

const LASTS = 7 * 24 * 3600_000; // ms
const PREFIX = "draft:";

const person = document.body.dataset.person;
const keyOf = (about) => `${PREFIX}${person}:${about}`;
const fieldsOf = (form) => [...form.querySelectorAll("textarea[name]:not([readonly]), select[name]")];
const isAsItCame = (field) => field.value === (field.matches("select") ? (field.options[0]?.value ?? "") : "");

// Storage may be closed to us: then nothing is kept, and the page works all the same.
function storage(act) {
  try {
    return act(localStorage);
  } catch {
    return null;
  }
}

function keep(event) {
  const form = event.target.closest?.("form[data-draft]");
  if (!form) return;
  const typed = fieldsOf(form).filter((field) => !isAsItCame(field));
  const draft = { at: Date.now(), fields: Object.fromEntries(typed.map((field) => [field.name, field.value])) };
  if (typed.length) storage((store) => store.setItem(keyOf(form.dataset.draft), JSON.stringify(draft)));
  else forget(form.dataset.draft);
}

function forget(about) {
  storage((store) => store.removeItem(keyOf(about)));
}

// Only into what is empty: what the server sent along is never written over.
function bringBack() {
  for (const form of document.querySelectorAll("form[data-draft]")) {
    const kept = storage((store) => JSON.parse(store.getItem(keyOf(form.dataset.draft))));
    for (const field of kept ? fieldsOf(form).filter(isAsItCame) : []) {
      if (!(field.name in kept.fields)) continue;
      if (field.matches("select") && ![...field.options].some((option) => option.value === kept.fields[field.name])) continue;
      field.value = kept.fields[field.name];
      const sheet = field.closest("details");
      if (sheet) sheet.open = true;
    }
  }
}

function prune() {
  for (const done of document.querySelectorAll("[data-draft-done]")) forget(done.dataset.draftDone);
  storage((store) => {
    for (const key of Object.keys(store).filter((each) => each.startsWith(PREFIX))) {
      if (!(Date.now() - JSON.parse(store.getItem(key)).at < LASTS)) store.removeItem(key);
    }
  });
}

// What was sent with a decision, or with a case that was passed on, is a draft no longer.
function forgetSent({ detail }) {
  const id = /^\/cases\/(\d+)\/(decide|skip|refer)\/$/.exec(detail.pathInfo.requestPath)?.[1];
  if (id && detail.xhr.status === 200 && document.getElementById("case")?.dataset.case !== id) forget(`case-${id}`);
}

function forgetNote({ detail }) {
  const id = /^\/cases\/(\d+)\/notes\/$/.exec(detail.pathInfo.requestPath)?.[1];
  if (id && detail.xhr.status === 200) forget(`on-${id}`);
}

if (person) {
  document.addEventListener("input", keep);
  document.addEventListener("change", keep);
  document.addEventListener("htmx:beforeSwap", forgetNote);
  document.addEventListener("htmx:afterSwap", bringBack);
  document.addEventListener("htmx:afterRequest", forgetSent);
  prune();
  bringBack();
}
