// The policy chart: traffic by probability, the common ladder's thresholds as handles, counted anew while one moves.

import { ACTIONS, count, take } from "./ladder.js";
import { chartConfig, chartLayout, color } from "./palette.js";

const STEPS = ["review", "hide", "remove"];
const COLOURS = { allow: "allow", review: "review", hide: "hide", remove: "act" };
const BARS = 50;
const LEFT = 48;
const RIGHT = 16;
const LABEL = 168; // px that a handle's label may take
const KEYS = { ArrowLeft: -0.5, ArrowDown: -0.5, ArrowRight: 0.5, ArrowUp: 0.5, PageDown: -5, PageUp: 5 };

const chart = document.getElementById("chart");
const form = document.getElementById("policy");
const data = chart && JSON.parse(document.getElementById("policy-data").textContent);

const field = (step, ladder = "default") => form.elements[`${ladder}-${step}`];
const share = (input) => Number.parseFloat(input.value) / 100;
const known = (ladder, action) => data.rungs.find((rung) => rung.ladder === ladder && rung.action === action);
const percent = (at) => `${(at * 100).toLocaleString("en", { maximumFractionDigits: 1 })} %`;

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

function histogram() {
  const bars = Array.from({ length: BARS }, () => 0);
  for (const [category, bins] of Object.entries(data.counts)) {
    const probabilities = data.probabilities[category];
    for (const [index, number] of bins.entries()) {
      bars[Math.min(BARS - 1, Math.floor(probabilities[index] * BARS))] += number;
    }
  }
  return bars;
}

// The margin at a probability, read off the bins: of the categories pooled, as the common ladder is drawn.
function marginAt(p) {
  const index = data.pooled.findIndex((each) => each >= p);
  return data.margins.at(index);
}

function colours() {
  const rungs = rungsOf("default");
  return Array.from({ length: BARS }, (_, index) => {
    const p = (index + 0.5) / BARS;
    return color(COLOURS[take(rungs, p, marginAt(p))]);
  });
}

function ticks(bars) {
  const most = Math.max(1, ...bars);
  const nice = [1, 5, 20, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000].filter((n) => n <= most);
  const every = Math.ceil(nice.length / 4);
  const shown = nice.filter((_, index) => (nice.length - 1 - index) % every === 0);
  return { tickvals: shown.map(Math.sqrt), ticktext: shown.map((number) => number.toLocaleString("en")) };
}

function certifiedLines() {
  return data.rungs
    .filter(({ ladder, shown }) => ladder === "default" && shown !== null)
    .map(({ shown }) => ({
      type: "line",
      x0: shown * 100,
      x1: shown * 100,
      y0: 0,
      y1: 1,
      yref: "paper",
      line: { color: color("accent"), width: 2, dash: "dash" },
    }));
}

function certifiedNames() {
  return data.rungs
    .filter(({ ladder, shown }) => ladder === "default" && shown !== null)
    .map(({ action, shown }) => ({
      x: shown * 100,
      y: 1,
      yref: "paper",
      xanchor: shown < 0.5 ? "left" : "right",
      yanchor: "top",
      showarrow: false,
      text: `${action}, certified`,
      font: { size: 12, color: color("accent") },
    }));
}

function draw() {
  const bars = histogram();
  const trace = {
    type: "bar",
    x: bars.map((_, index) => ((index + 0.5) / BARS) * 100),
    y: bars.map(Math.sqrt),
    customdata: bars,
    width: (100 / BARS) * 0.86,
    marker: { color: colours() },
    hovertemplate: "%{customdata:,} messages near %{x:.0f} %<extra></extra>",
  };
  const layout = chartLayout({
    margin: { l: LEFT, r: RIGHT, t: 56, b: 42 },
    bargap: 0,
    xaxis: { range: [0, 100], ticksuffix: " %", title: "calibrated probability of a violation", showgrid: false },
    yaxis: { ...ticks(bars), title: "messages" },
    shapes: certifiedLines(),
    annotations: certifiedNames(),
  });
  globalThis.Plotly.react(chart, [trace], layout, chartConfig);
  placeHandles();
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
  handle.setAttribute("aria-label", `${step} from`);
  handle.setAttribute("aria-valuemin", "0.1");
  handle.setAttribute("aria-valuemax", "100");
  handle.addEventListener("pointerdown", grab);
  handle.addEventListener("keydown", nudge);
  host.append(handle);
  return handle;
}

function placeHandles() {
  const wide = chart.clientWidth - LEFT - RIGHT;
  let before = null;
  for (const step of STEPS) {
    const handle = handleOf(step);
    const at = share(field(step));
    handle.hidden = !(at > 0 && at <= 1);
    if (handle.hidden) continue;
    const x = LEFT + at * wide;
    const level = before && x - before.x < LABEL ? (before.level + 1) % 3 : 0;
    before = { x, level };
    handle.style.left = `${x}px`;
    handle.dataset.level = level;
    handle.classList.toggle("is-left", at >= 0.5);
    const supervised = step !== "review" && !form.elements[`alone-${step}`].checked;
    handle.dataset.label = `${step}${supervised ? ", people first," : ""} from ${percent(at)}`;
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
  handle.setPointerCapture(event.pointerId);
  const follow = ({ clientX }) => move(handle.dataset.step, (clientX - frame.left - LEFT) / (frame.width - LEFT - RIGHT));
  const letGo = () => handle.removeEventListener("pointermove", follow);
  handle.addEventListener("pointermove", follow);
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
  told.textContent = ACTIONS.map((action) => `${action} ${found[action].toLocaleString("en")}`).join(" · ");
  told.hidden = false;
  const total = Math.max(1, Object.values(found).reduce((sum, number) => sum + number, 0));
  for (const action of ACTIONS) {
    const row = document.querySelector(`#whatif tr[data-action="${action}"]`);
    if (!row) return;
    row.querySelector("[data-count]").textContent = found[action].toLocaleString("en");
    row.querySelector("[data-share]").textContent = `${((found[action] / total) * 100).toFixed(1).replace(/\.0$/, "")} %`;
  }
}

let due = 0;
function changed() {
  cancelAnimationFrame(due);
  due = requestAnimationFrame(() => {
    globalThis.Plotly.restyle(chart, { "marker.color": [colours()] });
    placeHandles();
    tell();
  });
}

if (chart) {
  draw();
  form.addEventListener("input", changed);
  document.addEventListener("themechange", draw);
  new ResizeObserver(placeHandles).observe(chart);
}
