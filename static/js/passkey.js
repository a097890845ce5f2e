// A passkey that did not come, because it was refused, or timed out: said on the page, and no error of the script.

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const said = document.getElementById("passkey-error");
  if (said) said.hidden = false;
});
