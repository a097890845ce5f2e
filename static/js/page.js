// What every page does: local times, the menu that closes, and words for a server that does not answer.

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

function tellLocalTimes(root) {
  for (const time of root.querySelectorAll("time[data-show]")) {
    const at = new Date(time.dateTime);
    const parts = { clock: [CLOCK], day: [DAY], both: [DAY, CLOCK] }[time.dataset.show];
    time.textContent = parts.map((format) => format.format(at)).join(", ");
    time.title = at.toLocaleString();
  }
}

export function announce(words) {
  document.getElementById("announcer").textContent = words;
}

function closeMenus(event) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (event.key === "Escape" || (event.type === "click" && !menu.contains(event.target))) menu.open = false;
  }
}

function sayTroubled(words) {
  const notice = document.getElementById("trouble") ?? document.createElement("p");
  notice.id = "trouble";
  notice.className = "notice is-error";
  notice.setAttribute("role", "alert");
  notice.textContent = words;
  document.getElementById("page").prepend(notice);
}

tellLocalTimes(document);
document.addEventListener("click", closeMenus);
document.addEventListener("keydown", closeMenus);
document.addEventListener("htmx:afterSwap", (event) => tellLocalTimes(event.detail.target.parentElement ?? document));
document.addEventListener("htmx:beforeSend", () => document.getElementById("trouble")?.remove());
document.addEventListener("htmx:sendError", () =>
  sayTroubled("The server did not answer, so nothing was saved. What you typed is still here; try again."),
);
document.addEventListener("htmx:responseError", (event) =>
  sayTroubled(
    event.detail.xhr.status === 403
      ? "You may no longer do this, so nothing was saved. Reload the page to see what has changed."
      : `Something went wrong on the server (${event.detail.xhr.status}), so nothing was saved. Try again.`,
  ),
);
