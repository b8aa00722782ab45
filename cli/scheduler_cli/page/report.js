"use strict";
const field = document.getElementById("filter");
const matches = document.getElementById("matches");
const entries = [...document.querySelectorAll("[data-filter]")];
const rows = entries.filter((entry) => entry.closest("#timeline"));

function show() {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const entry of entries) {
    const text = entry.dataset.filter.toLowerCase();
    entry.hidden = !words.every((word) => text.includes(word));
  }
  for (const place of document.querySelectorAll("#timeline tbody")) {
    place.hidden = [...place.querySelectorAll("[data-filter]")].every((row) => row.hidden);
  }
  const shown = rows.filter((row) => !row.hidden).length;
  matches.textContent = words.length ? `${shown} of ${rows.length} instances` : "";
}

field.addEventListener("input", show);
field.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    field.value = "";
    show();
  }
});
show();
