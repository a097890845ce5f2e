// The policy chart: recent traffic by probability, with the common ladder's thresholds as lines to drag.

import { chartConfig, chartLayout, color } from "./palette.js";

const STEPS = ["review", "hide", "remove"];
const COLOURS = { allow: "allow", review: "review", hide: "hide", remove: "act" };
const chart = document.getElementById("chart");
const form = document.getElementById("policy");

const field = (step) => form.elements[`default-${step}`];

function thresholds() {
  return STEPS.map((step) => ({ step, at: Number.parseFloat(field(step).value) / 100 })).filter(({ at }) => at > 0 && at <= 1);
}

function counts() {
  const data = document.getElementById("policy-histogram");
  return data ? JSON.parse(data.textContent) : [];
}

function actionAt(probability, rungs) {
  return rungs.filter(({ at }) => at <= probability).at(-1)?.step ?? "allow";
}

function bars(histogram, rungs) {
  const middle = (index) => (index + 0.5) / histogram.length;
  return {
    type: "bar",
    x: histogram.map((_, index) => middle(index) * 100),
    y: histogram.map((count) => Math.sqrt(count)),
    customdata: histogram,
    width: (100 / histogram.length) * 0.86,
    marker: { color: histogram.map((_, index) => color(COLOURS[actionAt(middle(index), rungs)])) },
    hovertemplate: "%{customdata:,} messages near %{x:.0f} %<extra></extra>",
  };
}

function ticks(histogram) {
  const most = Math.max(1, ...histogram);
  const nice = [1, 5, 20, 50, 100, 250, 500, 1000, 2500, 5000].filter((count) => count <= most);
  const shown = nice.length > 5 ? nice.filter((_, index) => (nice.length - 1 - index) % 2 === 0) : nice;
  return { tickvals: shown.map(Math.sqrt), ticktext: shown.map((count) => count.toLocaleString("en")) };
}

function levels(rungs) {
  const found = [];
  const widest = 110 / Math.max(chart.clientWidth - 64, 1); // a label of 110 px, as a share of the axis
  for (const [index, { at }] of rungs.entries()) {
    const before = rungs[index - 1];
    found.push(before && at - before.at < widest ? (found[index - 1] + 1) % 3 : 0);
  }
  return found;
}

function layout(histogram, rungs) {
  return chartLayout({
    margin: { l: 48, r: 16, t: 50, b: 42 },
    bargap: 0,
    xaxis: { range: [0, 100], ticksuffix: " %", title: "calibrated probability of a violation", showgrid: false },
    yaxis: { ...ticks(histogram), title: "messages" },
    shapes: rungs.map(({ at }) => ({
      type: "line",
      x0: at * 100,
      x1: at * 100,
      y0: 0,
      y1: 1,
      yref: "paper",
      line: { color: color("ink"), width: 2 },
    })),
    annotations: rungs.map(({ step, at }, index) => ({
      x: at * 100,
      y: 1,
      yref: "paper",
      yanchor: "bottom",
      // Towards the middle, so that none leaves the chart; one that would meet its neighbour stands a line higher.
      xanchor: at < 0.5 ? "left" : "right",
      yshift: levels(rungs)[index] * 15,
      showarrow: false,
      text: `${step} ${(at * 100).toLocaleString("en", { maximumFractionDigits: 1 })} %`,
      font: { size: 12, color: color("ink-soft") },
    })),
  });
}

function draw() {
  const histogram = counts();
  const rungs = thresholds();
  globalThis.Plotly.react(chart, [bars(histogram, rungs)], layout(histogram, rungs), {
    ...chartConfig,
    edits: { shapePosition: true },
  });
}

function dragged(change) {
  const rungs = thresholds();
  const moved = Object.keys(change)
    .map((key) => /^shapes\[(\d+)\]\.x0$/.exec(key))
    .find(Boolean);
  if (!moved) return;
  const { step } = rungs[Number(moved[1])];
  const at = Math.min(100, Math.max(0.1, change[moved[0]]));
  field(step).value = at.toFixed(1);
  field(step).dispatchEvent(new Event("input", { bubbles: true }));
}

draw();
chart.on("plotly_relayout", dragged);
form.addEventListener("input", draw);
document.addEventListener("htmx:afterSwap", draw);
document.addEventListener("themechange", draw);
