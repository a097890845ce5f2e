// The policy chart: the common ladder's thresholds as handles on it, and what they do counted anew while one moves.

import { color } from "./chart.js";
import { ACTIONS, count, take } from "./ladder.js";
import { gettext, number, put } from "./words.js";

const STEPS = ["review", "hide", "remove"];
const COLOURS = { allow: "allow", review: "review", hide: "hide", remove: "act" };
const TURN = 0.45; // as in review/charts/probability.py
const CALLED = { allow: gettext("allow"), review: gettext("review"), hide: gettext("hide"), remove: gettext("remove") };
const KEYS = { ArrowLeft: -0.5, ArrowDown: -0.5, ArrowRight: 0.5, ArrowUp: 0.5, PageDown: -5, PageUp: 5 };

const chart = document.getElementById("chart");
const form = document.getElementById("policy");
const data = chart && JSON.parse(document.getElementById("policy-data").textContent);

const field = (step, ladder = "default") => form.elements[`${ladder}-${step}`];
const share = (input) => Number.parseFloat(input.value) / 100;
const known = (ladder, action) => data.rungs.find((rung) => rung.ladder === ladder && rung.action === action);
const percent = (at) => `${number(at * 100, { maximumFractionDigits: 1 })} %`;

function hasLadder(name) {
  return STEPS.some((step) => share(field(step, name)) > 0);
}

// Certified margins of the common ladder are about other messages once a category leaves or joins it.
function samePool() {
  const before = new Set(data.rungs.map(({ ladder }) => ladder));
  return Object.keys(data.counts).every((name) => hasLadder(name) === before.has(name));
}

// The rungs of a ladder as the form has them now, harshest first.
function rungsOf(name) {
  const certain = name !== "default" || samePool();
  const allow = known(name, "allow");
  const promised = allow?.supervised && (certain || allow.margin === null);
  const rungs = [{ action: "allow", at: 0, supervised: Boolean(promised), margin: promised ? allow.margin : null }];
  for (const action of STEPS) {
    const at = share(field(action, name));
    if (!(at > 0 && at <= 1)) continue;
    const supervised = action !== "review" && !form.elements[`alone-${action}`].checked;
    rungs.push({ action, at, supervised, margin: supervised && certain ? (known(name, action)?.margin ?? null) : null });
  }
  return rungs.toReversed();
}

// The margin at a probability, read off the bins: of the categories pooled, as the common ladder is drawn.
function marginAt(p) {
  const index = data.pooled.findIndex((each) => each >= p);
  return data.margins.at(index);
}

function colours() {
  const rungs = rungsOf("default");
  const shades = Object.fromEntries(ACTIONS.map((action) => [action, color(COLOURS[action])]));
  return chart.data[0].x.map((middle) => shades[take(rungs, middle / 100, marginAt(middle / 100))]);
}

function handleOf(step) {
  const host = document.getElementById("handles");
  const there = host.querySelector(`[data-step="${step}"]`);
  if (there) return there;
  const handle = document.createElement("button");
  handle.type = "button";
  handle.className = "policy-handle";
  handle.dataset.step = step;
  handle.setAttribute("role", "slider");
  handle.setAttribute("aria-label", put(gettext("%(action)s from"), { action: CALLED[step] }));
  handle.setAttribute("aria-valuemin", "0.1");
  handle.setAttribute("aria-valuemax", "100");
  handle.addEventListener("pointerdown", grab);
  handle.addEventListener("keydown", nudge);
  host.append(handle);
  return handle;
}

const isSupervised = (step) => step !== "review" && !form.elements[`alone-${step}`].checked;

// Where the lines and the label of each threshold belong as the form has it now, by the names that the figure gives them.
function lines() {
  const found = {};
  for (const step of STEPS) {
    const at = share(field(step));
    const visible = at > 0 && at <= 1;
    for (const index of named(chart.layout.shapes, step)) {
      found[`shapes[${index}].visible`] = visible;
      if (visible) found[`shapes[${index}].x0`] = found[`shapes[${index}].x1`] = at * 100;
    }
    for (const index of named(chart.layout.annotations, step)) {
      found[`annotations[${index}].visible`] = visible;
      if (!visible) continue;
      found[`annotations[${index}].x`] = at * 100;
      found[`annotations[${index}].xanchor`] = at > TURN ? "right" : "left";
      found[`annotations[${index}].xshift`] = at > TURN ? -3 : 3;
      const words = isSupervised(step) ? gettext("%(action)s %(share)s, people first") : "%(action)s %(share)s";
      found[`annotations[${index}].text`] = put(words, { action: CALLED[step], share: percent(at) });
    }
  }
  return found;
}

const named = (those, name) => [...those.keys()].filter((index) => those[index].name === name);

function placeHandles() {
  const { l, r, t, b } = chart.layout.margin;
  for (const step of STEPS) {
    const handle = handleOf(step);
    const at = share(field(step));
    handle.hidden = !(at > 0 && at <= 1);
    if (handle.hidden) continue;
    handle.style.left = `${l + at * (chart.clientWidth - l - r)}px`;
    handle.style.top = `${t}px`;
    handle.style.bottom = `${b}px`;
    handle.setAttribute("aria-valuenow", (at * 100).toFixed(1));
    handle.setAttribute("aria-valuetext", percent(at));
  }
}

function move(step, at) {
  const input = field(step);
  input.value = Math.min(100, Math.max(0.1, at * 100)).toFixed(1);
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

function grab(event) {
  const handle = event.currentTarget;
  const frame = chart.getBoundingClientRect();
  const { l, r } = chart.layout.margin;
  handle.setPointerCapture(event.pointerId);
  const drag = ({ clientX }) => move(handle.dataset.step, (clientX - frame.left - l) / (frame.width - l - r));
  const letGo = () => handle.removeEventListener("pointermove", drag);
  handle.addEventListener("pointermove", drag);
  handle.addEventListener("pointerup", letGo, { once: true });
  handle.addEventListener("pointercancel", letGo, { once: true });
}

function nudge(event) {
  const by = KEYS[event.key];
  if (!by) return;
  event.preventDefault();
  const { step } = event.currentTarget.dataset;
  move(step, share(field(step)) + by / 100);
}

// Counts and shares at once; estimates, load and samples come from the server right after.
function tell() {
  const found = count(data, (category) => rungsOf(hasLadder(category) ? category : "default"));
  const told = document.getElementById("told");
  told.textContent = ACTIONS.map((action) => `${CALLED[action]} ${number(found[action])}`).join(" · ");
  told.hidden = false;
  const total = Math.max(1, Object.values(found).reduce((sum, each) => sum + each, 0));
  for (const action of ACTIONS) {
    const row = document.querySelector(`#whatif tr[data-action="${action}"]`);
    if (!row) return;
    row.querySelector("[data-count]").textContent = number(found[action]);
    row.querySelector("[data-share]").textContent = percent(found[action] / total);
  }
}

function follow() {
  globalThis.Plotly.update(chart, { "marker.color": [colours()] }, lines());
  placeHandles();
}

let due = 0;
function changed() {
  cancelAnimationFrame(due);
  due = requestAnimationFrame(() => {
    if (chart.data?.length) follow();
    tell();
  });
}

if (chart) {
  chart.addEventListener("chartdrawn", () => chart.data.length && follow());
  form.addEventListener("input", changed);
  new ResizeObserver(() => chart.data?.length && placeHandles()).observe(chart);
}
