// Parts that ask whether anything changed: the tag of what shows goes along, and 304 leaves all as it is.
//
// What did change is morphed in: what stays the same is not touched, so that focus stays, and no alert is read out again.

const live = (element) => element.closest("[data-etag][hx-get]");

document.addEventListener("htmx:configRequest", ({ detail }) => {
  const part = detail.verb === "get" && detail.elt === live(detail.elt);
  if (part) detail.headers["If-None-Match"] = detail.elt.dataset.etag;
});
