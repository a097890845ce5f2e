// The diagrams of calibration: each redraws an element from data, and nothing moves that did not change.

import { chartConfig, chartLayout, color } from "./palette.js";

const LABEL = 260; // px in which two labels of rungs may be
const percent = (share) => share * 100;
const said = (share) => `${percent(share).toFixed(share < 0.1 ? 1 : 0)} %`;

// Reliability: predicted against ruled, with bands, and the counts beneath on the same axis.
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
  return area(x, bins.map(({ band: [bottom] }) => percent(bottom)), bins.map(({ band: [, top] }) => percent(top)));
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

// How often the flag is wrong among the most confident share, and what was certified.
export function riskCoverage(element, curve, certified) {
  const x = curve.map(({ coverage }) => percent(coverage));
  const traces = [
    area(x, curve.map(({ low }) => percent(low)), curve.map(({ high }) => percent(high))),
    {
      x,
      y: curve.map(({ risk }) => percent(risk)),
      customdata: curve.map((point) => `the ${said(point.coverage)} most confident, from ${said(point.confidence)}<br>wrong in ${said(point.risk)}, between ${said(point.low)} and ${said(point.high)}`),
      hovertemplate: "%{customdata}<extra></extra>",
      mode: "lines",
      line: { color: color("accent"), width: 2.5 },
    },
    {
      x: certified.map(({ share }) => percent(share)),
      y: certified.map(({ bound }) => percent(bound)),
      customdata: certified.map((point) => `certified: ${point.action} in ${point.source}<br>at most ${said(point.bound)} wrong`),
      hovertemplate: "%{customdata}<extra></extra>",
      mode: "markers+text",
      text: certified.map(({ action }) => `certified ${action}`),
      textposition: "top right",
      marker: { color: color("allow"), size: 11, symbol: "diamond" },
    },
  ];
  const most = Math.max(5, ...curve.map(({ high }) => percent(high)), ...certified.map(({ bound }) => percent(bound)));
  const axes = {
    xaxis: { range: [0, 100], ticksuffix: " %", title: "acted on, the most confident first" },
    yaxis: { range: [0, most * 1.05], ticksuffix: " %", title: "flag is wrong" },
  };
  return window.Plotly.react(element, traces, chartLayout({ margin: { l: 58, r: 24, t: 10, b: 44 }, ...axes }), chartConfig);
}

// Recent messages by probability, with the rungs of one policy.
export function traffic(element, histogram, rungs) {
  const step = 100 / histogram.length;
  const most = Math.max(1, ...histogram);
  const room = LABEL / Math.max(1, element.clientWidth - 82);
  const levels = rungs.map((_, index) => level(rungs, index, room));
  const trace = {
    type: "bar",
    x: histogram.map((_, index) => (index + 0.5) * step),
    y: histogram.map(Math.sqrt),
    customdata: histogram.map((count, index) => `${count.toLocaleString("en")} messages between ${index * step} and ${(index + 1) * step} %`),
    hovertemplate: "%{customdata}<extra></extra>",
    width: step * 0.84,
    marker: { color: color("accent", 0.55) },
  };
  const layout = chartLayout({
    margin: { l: 58, r: 24, t: 28 + 17 * Math.max(0, ...levels), b: 44 },
    xaxis: { range: [0, 100], ticksuffix: " %", title: "probability of a violation", showgrid: false },
    yaxis: { range: [0, Math.sqrt(most) * 1.05], tickvals: [Math.sqrt(most)], ticktext: [most.toLocaleString("en")], title: "messages" },
    shapes: rungs.map(({ at, certified }) => ({
      type: "line",
      x0: percent(at),
      x1: percent(at),
      y0: 0,
      y1: 1,
      yref: "paper",
      line: { color: color("ink-soft"), width: 1.5, dash: certified ? "dash" : "solid" },
    })),
    annotations: rungs.map(({ at, action, supervised, certified }, index) => ({
      x: percent(at),
      y: 1,
      yref: "paper",
      yshift: 10 + 17 * levels[index],
      showarrow: false,
      xanchor: at > 0.75 ? "right" : "left",
      text: `${action} ${said(at)}${certified ? ", certified" : supervised ? ", supervised" : ""}`,
      font: { size: 12, color: color("ink-soft") },
    })),
  });
  return window.Plotly.react(element, [trace], layout, chartConfig);
}

// Labels of rungs that stand close together go above each other.
function level(rungs, index, room) {
  const near = index > 0 && rungs[index].at - rungs[index - 1].at < room;
  return near ? (level(rungs, index - 1, room) + 1) % 3 : 0;
}

// A figure over time beside what chance alone shows: its mean as a line, its 95 % point as the top of an area.
export function overTime(element, points, { title, digits }) {
  const x = points.map(({ at }) => at);
  const zero = points.map(() => 0);
  const traces = [
    area(x, zero, points.map(({ q95 }) => q95)),
    {
      x,
      y: points.map(({ value }) => value),
      customdata: points.map(({ value, q95, n }) => `${value.toFixed(digits)}; by chance up to ${q95.toFixed(digits)}<br>${n.toLocaleString("en")}`),
      hovertemplate: "%{customdata}<extra></extra>",
      mode: "lines+markers",
      line: { color: color("accent"), width: 2.5 },
      marker: { size: 7, color: points.map(({ value, q95 }) => color(value > q95 ? "act" : "accent")) },
    },
  ];
  const most = Math.max(...points.map(({ value, q95 }) => Math.max(value, q95)), 1e-6);
  const layout = chartLayout({
    margin: { l: 58, r: 24, t: 10, b: 36 },
    xaxis: { type: "date", nticks: 6, showgrid: false },
    yaxis: { range: [0, most * 1.1], title, nticks: 5 },
  });
  return window.Plotly.react(element, traces, layout, chartConfig);
}

function area(x, low, high) {
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
