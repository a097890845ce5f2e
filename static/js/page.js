// What every page does: local times, the menu that closes, and words for a server that refuses or does not answer.

import { gettext, language, put } from "./words.js";

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const DAY = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, { day: "numeric", month: "short", year: "numeric" });

// As the server says it: 40 s, 14 min, 3 h, 6 days.
function span(seconds) {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h`;
  return put(gettext("%(count)s days"), { count: Math.floor(seconds / 86_400) });
}

function tellAges() {
  for (const time of document.querySelectorAll('time[data-show="ago"]')) {
    const seconds = Math.max(0, Math.floor((Date.now() - new Date(time.dateTime)) / 1000));
    time.textContent = put(gettext("%(span)s ago"), { span: span(seconds) });
  }
}

function tellLocalTimes(root) {
  tellAges();
  for (const time of root.querySelectorAll("time[data-show]:not([data-show=ago])")) {
    const at = new Date(time.dateTime);
    const parts = { clock: [CLOCK], day: [DAY], both: [DAY, CLOCK] }[time.dataset.show];
    time.textContent = parts.map((format) => format.format(at)).join(", ");
    time.title = at.toLocaleString();
  }
}

export const REPAIRS = 2; // times that the same is sent again: another request may be given another token in between

export function announce(words) {
  document.getElementById("announcer").textContent = words;
}

function closeMenus(event) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (event.key === "Escape" || (event.type === "click" && !menu.contains(event.target))) menu.open = false;
  }
}

// Says it once: a poll that meets the same trouble again must not have it read out again.
function sayTroubled(words, signInAt = "") {
  const before = document.getElementById("trouble");
  if (before?.dataset.words === words) return;
  before?.remove();
  const notice = document.createElement("p");
  notice.id = "trouble";
  notice.className = "notice is-error";
  notice.setAttribute("role", "alert");
  notice.dataset.words = words;
  notice.textContent = words;
  if (signInAt) {
    const link = document.createElement("a");
    link.href = signInAt;
    link.textContent = gettext("Sign in again");
    notice.append(" ", link);
  }
  document.getElementById("page").prepend(notice);
}

function freshen(token) {
  document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": token }));
  for (const input of document.querySelectorAll("[name=csrfmiddlewaretoken]")) input.value = token;
}

// Puts a refusal into words. True where the page now has a token that fits, so that the same may be sent once more.
export function isRepaired(status, words, header) {
  const token = header("Moddog-Csrf-Token");
  if (status === 403 && token) {
    freshen(token);
    return true;
  }
  if (status === 401) sayTroubled(words, header("Moddog-Sign-In"));
  else if (status === 403) sayTroubled(words || gettext("You may no longer do this, so nothing was saved."));
  else sayTroubled(put(gettext("Something went wrong on the server (%(status)s), so nothing was saved. Try again."), { status }));
  return false;
}

export function allIsWell() {
  document.getElementById("trouble")?.remove();
}

function sendAgain({ elt, triggeringEvent }) {
  if (triggeringEvent?.type === "submit") elt.requestSubmit(triggeringEvent.submitter);
  else if (triggeringEvent?.type === "click") elt.click();
  else elt.dispatchEvent(new Event(triggeringEvent?.type ?? "change", { bubbles: true }));
}

tellLocalTimes(document);
setInterval(tellAges, 5000);
document.addEventListener("click", closeMenus);
document.addEventListener("keydown", closeMenus);
document.addEventListener("htmx:afterSwap", (event) => tellLocalTimes(event.detail.target.parentElement ?? document));
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.successful) delete detail.elt.dataset.sentAgain;
  if ("background" in detail.elt.dataset) return; // it may have been answered before the trouble began
  if (detail.xhr.status === 409 || (detail.successful && detail.target?.id !== "nav-figures")) allIsWell();
});
document.addEventListener("htmx:sendError", () =>
  sayTroubled(gettext("The server did not answer, so nothing was saved. What you typed is still here; try again.")),
);
document.addEventListener("htmx:responseError", ({ detail }) => {
  const { status, responseText } = detail.xhr;
  const words = detail.xhr.getResponseHeader("Content-Type")?.startsWith("text/plain") ? responseText : "";
  if (!isRepaired(status, words, (name) => detail.xhr.getResponseHeader(name))) return;
  const times = Number(detail.elt.dataset.sentAgain ?? 0);
  if (times >= REPAIRS) return sayTroubled(words);
  detail.elt.dataset.sentAgain = times + 1;
  setTimeout(() => sendAgain(detail.requestConfig)); // once htmx is done with the request that failed
});
