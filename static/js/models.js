// Draws the reliability diagram of each model from the figures beside it.

import { reliability } from "./charts.js";

function draw() {
  for (const element of document.querySelectorAll(".reliability[data-from]")) {
    reliability(element, JSON.parse(document.getElementById(element.dataset.from).textContent));
  }
}

draw();
document.addEventListener("themechange", draw);
