// The next case, claimed and loaded behind the one in hand, so that it shows as soon as a decision is confirmed.
//
// It counts as claimed for a minute, renewed with the case in hand, and goes back to the queue when the page goes.

const LOADED = "Moddog-Loaded"; // the header of an answer that is only what was done: the case is here already
const MOVES = /^\/cases\/\d+\/(decide|skip|refer)\/$/;

let ahead = null; // { behind, page, token, csrf }

const inHand = () => document.getElementById("case");

async function load() {
  const behind = inHand();
  if (!behind || ahead?.behind === behind || document.visibilityState !== "visible") return;
  ahead = { behind };
  const body = new URLSearchParams({ csrfmiddlewaretoken: csrf() });
  try {
    const answer = await fetch(behind.dataset.ahead, { method: "POST", body, headers: { "HX-Request": "true" } });
    if (answer.status !== 200 || ahead?.behind !== behind) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const token = page.querySelector("#case [name=token]")?.value;
    if (token && ahead?.behind === behind) ahead = { behind, page, token };
  } catch {
    // The server did not answer: then the next case comes with the answer to the decision.
  }
}

const csrf = () => document.querySelector("#desk [name=csrfmiddlewaretoken]").value;

function putIn(done) {
  const parts = new DOMParser().parseFromString(done, "text/html");
  for (const part of parts.querySelectorAll("[data-part]")) {
    ahead.page.querySelector(`[data-part=${part.dataset.part}]`).replaceWith(part);
  }
  for (const input of ahead.page.querySelectorAll("[name=csrfmiddlewaretoken]")) input.value = csrf();
  return ahead.page.body.innerHTML;
}

function giveBack() {
  if (!ahead) return;
  // Without a token the answer is still under way, and what it claims is given back all the same.
  const body = new URLSearchParams({ csrfmiddlewaretoken: csrf(), token: ahead.token ?? "" });
  navigator.sendBeacon(`${ahead.behind.dataset.ahead}release/`, body);
  ahead = null;
}

document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (ahead?.token && MOVES.test(detail.path)) detail.parameters.ahead = ahead.token;
});
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target.id !== "desk") return;
  if (detail.xhr.getResponseHeader(LOADED)) detail.serverResponse = putIn(detail.serverResponse);
  ahead = null;
});
document.addEventListener("htmx:afterSwap", load);
document.addEventListener("visibilitychange", load);
addEventListener("pagehide", giveBack);
addEventListener("pageshow", load);
load();
