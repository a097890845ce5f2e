// The live part of the calibration page: asks whether anything changed, and redraws only then.

import { overTime, reliability, riskCoverage, traffic } from "./charts.js";

const page = document.getElementById("calibration");
const live = () => document.getElementById("calibration-live");
const seconds = (unix) => new Date(unix * 1000).toISOString();

function draw() {
  const data = JSON.parse(document.getElementById("calibration-data")?.textContent ?? "null");
  if (!data) return;
  drawIn("reliability", (chart) => reliability(chart, data));
  drawIn("risk", (chart) => riskCoverage(chart, data.readings.calibrated.risk, data.certified));
  drawIn("traffic", (chart) => traffic(chart, data.histogram, data.rungs));
  const rolling = data.rolling.map(({ end, ece, q95, labels }) => ({ at: seconds(end), value: ece, q95, n: labels }));
  drawIn("rolling", (chart) => overTime(chart, rolling, { title: "calibration error", digits: 3 }));
  const drift = data.drift.map(({ day, value, q95, n }) => ({ at: day, value, q95, n }));
  drawIn("drift", (chart) => overTime(chart, drift, { title: "population stability", digits: 4 }));
}

function drawIn(id, plot) {
  const chart = document.getElementById(id);
  if (chart) plot(chart);
}

function listen() {
  page.addEventListener("htmx:configRequest", ({ detail }) => {
    if (detail.verb === "get" && detail.target === live()) detail.headers["If-None-Match"] = page.dataset.etag;
  });
  page.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.target !== live()) return;
    if (detail.xhr.status === 304) detail.shouldSwap = false;
    else page.dataset.etag = detail.xhr.getResponseHeader("ETag") ?? "";
    // What the person had unfolded comes unfolded, so that nothing moves when the part around it is replaced.
    for (const { id } of page.querySelectorAll("details[id][open]")) {
      detail.serverResponse = detail.serverResponse.replace(`id="${id}"`, `id="${id}" open`);
    }
  });
  page.addEventListener("htmx:afterSettle", draw);
  document.addEventListener("themechange", draw);
}

if (page) {
  listen();
  draw();
}
