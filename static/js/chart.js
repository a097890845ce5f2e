// Draws every [data-chart]="address#name": fetches its figure, puts the page's colours in, and hands it to Plotly.
// Without an address the figure is in the page itself, in the element "charts".

// It stands alone, as a report carries it within its page: so it imports nothing, words.js neither.
const language = document.documentElement.lang;
const gettext = globalThis.gettext ?? ((words) => words);

const CONFIG = { displayModeBar: false, responsive: true, locale: language };
const TOKEN = /^var\(--([\w-]+)\)$/;
const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const drawn = new WeakMap(); // element → the figure as it came

// A custom property of the page as a colour, in the theme that shows now.
export function color(name) {
  const element = document.createElement("i");
  element.style.color = `var(--${name})`;
  document.body.append(element);
  probe.clearRect(0, 0, 1, 1);
  probe.fillStyle = getComputedStyle(element).color;
  element.remove();
  probe.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = probe.getImageData(0, 0, 1, 1).data;
  return `rgba(${red}, ${green}, ${blue}, ${(alpha / 255).toFixed(3)})`;
}

function painted(value) {
  if (typeof value === "string") return value.replace(TOKEN, (_, name) => color(name));
  if (Array.isArray(value)) return value.map(painted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, painted(each)]));
}

// Names of months and separators of numbers, as the page's language has them; Plotly itself brings English alone.
function speak() {
  const names = (count, kind, at) =>
    Array.from({ length: count }, (_, n) => new Intl.DateTimeFormat(language, { ...kind, timeZone: "UTC" }).format(at(n)));
  const days = (length) => names(7, { weekday: length }, (n) => Date.UTC(2023, 0, n + 1)); // the first was a Sunday
  const months = (length) => names(12, { month: length }, (n) => Date.UTC(2023, n, 1));
  const parts = Object.fromEntries(new Intl.NumberFormat(language).formatToParts(1234567.8).map(({ type, value }) => [type, value]));
  const format = {
    days: days("long"),
    shortDays: days("short"),
    months: months("long"),
    shortMonths: months("short"),
    date: "%d.%m.%Y",
    decimal: parts.decimal,
    thousands: parts.group,
    grouping: [3],
    currency: ["", ""],
  };
  globalThis.Plotly.register({ moduleType: "locale", name: language, dictionary: {}, format });
}

let speaks = language === "en";

function show(element, figure) {
  if (!speaks) speak();
  speaks = true;
  if (!drawn.has(element)) element.textContent = ""; // words of a figure that did not come
  drawn.set(element, figure);
  const { data, layout } = painted(figure);
  globalThis.Plotly.react(element, data, layout, CONFIG);
  element.dispatchEvent(new Event("chartdrawn", { bubbles: true }));
}

// The browser asks with the tag that it has, and answers from its own store where the server says 304.
async function fetched(address) {
  if (!address) return JSON.parse(document.getElementById("charts").textContent);
  const response = await fetch(address, { cache: "no-cache", headers: { Accept: "application/json" } });
  if (!response.ok || response.redirected) throw new Error(`${address}: ${response.status}`);
  return response.json();
}

async function load(elements) {
  const asked = new Map();
  for (const element of elements) {
    const [address, name] = element.dataset.chart.split("#");
    if (!asked.has(address)) asked.set(address, fetched(address));
    try {
      const figure = (await asked.get(address))[name];
      if (figure && element.isConnected) show(element, figure);
    } catch {
      if (!drawn.has(element)) element.textContent = gettext("The chart did not come. Reload the page; the table has the same.");
    }
  }
}

const chartsIn = (root) => [...root.querySelectorAll("[data-chart]")];

document.addEventListener("htmx:afterSettle", ({ target }) => load(chartsIn(target)));
document.addEventListener("themechange", () => {
  for (const element of chartsIn(document)) if (drawn.has(element)) show(element, drawn.get(element));
});
load(chartsIn(document));
