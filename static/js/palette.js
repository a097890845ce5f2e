// The colours of tokens.css as charts need them: resolved for the theme that shows now.

const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

export function color(name, alpha = 1) {
  const element = document.createElement("i");
  element.style.color = `var(--${name})`;
  document.body.append(element);
  probe.clearRect(0, 0, 1, 1);
  probe.fillStyle = getComputedStyle(element).color;
  element.remove();
  probe.fillRect(0, 0, 1, 1);
  const [red, green, blue] = probe.getImageData(0, 0, 1, 1).data;
  return `rgba(${red}, ${green}, ${blue}, ${alpha})`;
}

// One Plotly layout for every chart: paper background, hairline grid, tabular ticks.
export function chartLayout(extra = {}) {
  const axis = {
    gridcolor: color("line"),
    linecolor: color("line-strong"),
    zeroline: false,
    ticks: "",
    tickfont: { size: 12, color: color("ink-soft") },
    fixedrange: true,
  };
  const { xaxis = {}, yaxis = {}, ...rest } = extra;
  return {
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: "Inter, system-ui, sans-serif", size: 13, color: color("ink") },
    margin: { l: 48, r: 16, t: 8, b: 40 },
    showlegend: false,
    hovermode: "closest",
    hoverlabel: { bgcolor: color("invert"), font: { color: color("on-invert"), size: 13 }, bordercolor: "rgba(0,0,0,0)" },
    xaxis: { ...axis, ...xaxis, title: titled(xaxis.title) },
    yaxis: { ...axis, ...yaxis, title: titled(yaxis.title) },
    ...rest,
  };
}

export const chartConfig = { displayModeBar: false, responsive: true };

function titled(title) {
  return typeof title === "string" ? { text: title, font: { size: 12, color: color("ink-soft") } } : title;
}
