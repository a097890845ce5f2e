// The filters act on change; without this script the button does it.

for (const button of document.querySelectorAll(".no-script")) button.hidden = true;
document.addEventListener("htmx:afterSwap", () => {
  for (const button of document.querySelectorAll(".no-script")) button.hidden = true;
});
