// Runs before the first paint: an embedded demo never shows the rest of its page, and the
// line for visitors without JavaScript never shows to the others.
document.documentElement.dataset.script = "";
if (new URLSearchParams(location.search).get("embed") === "1") {
  document.documentElement.dataset.embed = "";
}
