// The live part of the calibration page: asks whether anything changed, and redraws only then.

import { reliability } from "./charts.js";

const page = document.getElementById("calibration");
const chart = document.getElementById("reliability");

function draw() {
  const data = JSON.parse(document.getElementById("reliability-data").textContent);
  const shown = Object.keys(data.readings).length > 0;
  page.classList.toggle("is-empty", !shown);
  for (const entry of document.querySelectorAll("[data-reading]")) entry.hidden = !data.readings[entry.dataset.reading];
  if (shown) reliability(chart, data);
}

function listen() {
  let unfolded = [];
  page.addEventListener("htmx:configRequest", ({ detail }) => {
    if (detail.verb === "get") detail.headers["If-None-Match"] = page.dataset.etag;
  });
  page.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.xhr.status === 304) detail.shouldSwap = false;
    else page.dataset.etag = detail.xhr.getResponseHeader("ETag") ?? "";
    // What the person had unfolded stays so when the part around it is replaced.
    unfolded = [...page.querySelectorAll("details[open]")].map(({ id }) => id);
  });
  page.addEventListener("htmx:afterSettle", () => {
    for (const id of unfolded) document.getElementById(id)?.setAttribute("open", "");
    draw();
  });
  document.addEventListener("themechange", draw);
}

if (page) {
  listen();
  draw();
}
