// The reliability diagram: predicted against ruled, with bands, and the counts beneath on the same axis.

import { chartConfig, chartLayout, color } from "./palette.js";

const percent = (share) => share * 100;
const said = (share) => `${percent(share).toFixed(share < 0.1 ? 1 : 0)} %`;

// Draw or redraw `data.readings` in `element`; nothing moves that did not change.
export function reliability(element, data) {
  const { raw, calibrated, emitted } = data.readings;
  const traces = [
    diagonal(),
    ...(calibrated ? [band(calibrated.bins)] : []),
    ...(emitted ? [line(emitted.bins, { color: color("ink-soft", 0.85), dash: "dot", width: 1.5, symbol: "circle-open" })] : []),
    line(raw.bins, { color: color("ink-soft", 0.75), width: 1.5, symbol: "circle" }),
    ...(calibrated ? [line(calibrated.bins, { color: color("accent"), width: 2.5, symbol: "circle", strong: true })] : []),
    ...(calibrated ? [bars(calibrated.histogram)] : []),
  ];
  return window.Plotly.react(element, traces, layout(calibrated?.histogram ?? []), chartConfig);
}

function diagonal() {
  return { x: [0, 100], y: [0, 100], mode: "lines", hoverinfo: "skip", line: { color: color("line-strong"), width: 1 } };
}

function band(bins) {
  const x = bins.map(({ predicted }) => percent(predicted));
  const low = bins.map(({ band: [bottom] }) => percent(bottom));
  const high = bins.map(({ band: [, top] }) => percent(top));
  return {
    x: [...x, ...x.toReversed()],
    y: [...high, ...low.toReversed()],
    mode: "lines",
    fill: "toself",
    fillcolor: color("accent", 0.14),
    line: { width: 0 },
    hoverinfo: "skip",
  };
}

function line(bins, { color: stroke, dash = "solid", width, symbol, strong = false }) {
  const most = Math.max(...bins.map(({ count }) => count));
  return {
    x: bins.map(({ predicted }) => percent(predicted)),
    y: bins.map(({ observed }) => percent(observed)),
    customdata: bins.map((bin) => `predicted ${said(bin.predicted)}<br>ruled ${said(bin.observed)}, between ${said(bin.interval[0])} and ${said(bin.interval[1])}<br>${bin.count.toLocaleString("en")} rulings`),
    hovertemplate: "%{customdata}<extra></extra>",
    mode: "lines+markers",
    line: { color: stroke, width, dash },
    marker: {
      color: stroke,
      symbol,
      size: bins.map(({ count }) => (strong ? 5 : 3) + (strong ? 6 : 4) * Math.sqrt(count / most)),
      line: { color: strong ? color("card") : stroke, width: strong ? 1.5 : 1 },
    },
    error_y: {
      type: "data",
      symmetric: false,
      array: bins.map(({ observed, interval: [, high] }) => percent(high - observed)),
      arrayminus: bins.map(({ observed, interval: [low] }) => percent(observed - low)),
      color: stroke,
      thickness: strong ? 1.5 : 0,
      width: 0,
    },
  };
}

function bars(histogram) {
  const step = 100 / histogram.length;
  return {
    type: "bar",
    x: histogram.map((_, index) => (index + 0.5) * step),
    y: histogram.map(Math.sqrt),
    customdata: histogram.map((count, index) => `${count.toLocaleString("en")} rulings between ${index * step} and ${(index + 1) * step} %`),
    hovertemplate: "%{customdata}<extra></extra>",
    width: step * 0.84,
    marker: { color: color("accent", 0.45) },
    yaxis: "y2",
  };
}

function layout(histogram) {
  const most = Math.max(1, ...histogram);
  const ticks = [0, 20, 40, 60, 80, 100];
  const axis = { range: [0, 100], tickvals: ticks, ticktext: ticks.map((tick) => `${tick} %`) };
  const { xaxis, yaxis, ...shared } = chartLayout({
    margin: { l: 58, r: 24, t: 10, b: 44 },
    hovermode: "closest",
    xaxis: { ...axis, title: "predicted to be ruled a violation", anchor: "y2" },
    yaxis: { ...axis, range: [-2, 102], title: "ruled a violation", domain: [0.24, 1] },
  });
  return {
    ...shared,
    xaxis,
    yaxis,
    yaxis2: {
      ...yaxis,
      domain: [0, 0.15],
      range: [0, Math.sqrt(most) * 1.1],
      tickvals: [Math.sqrt(most)],
      ticktext: [most.toLocaleString("en")],
      title: { text: "rulings", font: { size: 12, color: color("ink-soft") } },
      anchor: "x",
    },
  };
}
