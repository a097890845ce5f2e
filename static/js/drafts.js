// A note that is being typed outlives its page: a sign-in, a reload, a claim that ran out. For this tab and person only.

const keyOf = (form) => `note:${document.body.dataset.person}:${form.dataset.case}`;
const fields = (form) => [form.elements.note, form.elements.action, form.elements.note_to_author];

function keep(event) {
  const form = event.target.closest?.("#case");
  if (!form) return;
  const typed = fields(form).map((field) => field.value);
  if (typed.some(Boolean)) sessionStorage.setItem(keyOf(form), JSON.stringify(typed));
  else sessionStorage.removeItem(keyOf(form));
}

function bringBack() {
  const form = document.getElementById("case");
  const kept = form && JSON.parse(sessionStorage.getItem(keyOf(form)));
  if (!kept || form.elements.note.value || form.elements.note_to_author.value) return;
  fields(form).forEach((field, index) => (field.value = kept[index] ?? ""));
  document.getElementById("note").open = true;
}

// What was sent with a decision, or with a case that was passed on, is a draft no longer.
function forget({ detail }) {
  const id = /^\/cases\/(\d+)\/(decide|skip)\/$/.exec(detail.pathInfo.requestPath)?.[1];
  const sent = detail.xhr.status === 200 && document.getElementById("case")?.dataset.case !== id;
  if (id && sent) sessionStorage.removeItem(`note:${document.body.dataset.person}:${id}`);
}

document.addEventListener("input", keep);
document.addEventListener("change", keep);
document.addEventListener("htmx:afterSwap", bringBack);
document.addEventListener("htmx:afterRequest", forget);
bringBack();
