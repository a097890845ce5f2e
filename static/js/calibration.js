// The live part of the calibration page: asks whether anything changed, and is replaced only then.

const page = document.getElementById("calibration");
const live = () => document.getElementById("calibration-live");

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
}

if (page) listen();
