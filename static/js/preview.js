// A case beside the list: shown by a press on its row or by the arrows, and decided there by the keys of the desk.
// On a narrow screen the list is alone, and a case has a page of its own.

const WIDE = matchMedia("(min-width: 1061px)");
const ENDS = /^\/cases\/\d+\/(decide|skip|refer|release)\/$/;

const split = document.getElementById("split");
const rows = () => [...document.querySelectorAll("#queue tr[data-case]")];
const shown = () => document.querySelector("#queue tr.is-shown");
const rowOf = (id) => rows().find((row) => row.dataset.case === id);
const isElsewhere = (element) => element.closest("a, button, input, select, textarea, summary, label, dialog") !== null;

function mark(row) {
  shown()?.classList.remove("is-shown");
  row.classList.add("is-shown");
  row.scrollIntoView({ block: "nearest" });
}

function ask(row, verb, path) {
  mark(row);
  split.classList.add("is-open");
  const desk = document.getElementById("desk");
  htmx.ajax(verb, path, { source: desk, target: "#desk", swap: "outerHTML" });
}

const show = (row) => ask(row, "GET", `/cases/${row.dataset.case}/preview/`);

function step(by) {
  const all = rows().filter((row) => !row.classList.contains("is-done"));
  const at = all.indexOf(shown());
  const row = all[at < 0 ? 0 : at + by];
  if (row) show(row);
}

// What came into hand, also by an undo: its row is the one that shows, and waits again.
function takeUp(row) {
  if (!row) return;
  mark(row);
  row.classList.remove("is-done");
  const box = row.querySelector('input[name="case"]');
  if (box) box.disabled = false;
}

// What is in hand after a decision is the next row, so that one key leads to the next case.
function goOn(done) {
  const all = rows();
  const next = all.slice(all.indexOf(done) + 1).find((row) => !row.classList.contains("is-done") && row.querySelector("button[formaction]"));
  if (next) ask(next, "POST", `/cases/${next.dataset.case}/open/`);
}

document.addEventListener("click", (event) => {
  const row = event.target.closest?.("#queue tr[data-case]");
  if (!row || !WIDE.matches || isElsewhere(event.target)) return;
  show(row);
});

document.addEventListener("keydown", (event) => {
  if (!WIDE.matches || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape" && !document.querySelector("#desk .note[open]")) return close();
  if (event.defaultPrevented || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
  if (event.target.closest("input, select, textarea, dialog, .decisions")) return;
  event.preventDefault();
  step(event.key === "ArrowDown" ? 1 : -1);
});

function close() {
  if (document.getElementById("case")) return; // what is in hand is not put out of sight
  split.classList.remove("is-open");
  shown()?.classList.remove("is-shown");
}

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target.id !== "desk") return;
  const held = document.getElementById("case")?.dataset.case;
  if (held) takeUp(rowOf(held));
  const done = ENDS.test(detail.pathInfo.requestPath) && detail.xhr.status === 200 && !held && shown();
  if (done) {
    done.classList.add("is-done");
    const box = done.querySelector('input[name="case"]');
    if (box) box.disabled = !(box.checked = false);
    if (!detail.pathInfo.requestPath.endsWith("/release/")) goOn(done);
  } else if (!held) document.getElementById("message")?.focus({ preventScroll: true });
});
