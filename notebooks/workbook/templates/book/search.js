// The search: parts of the book in which all words stand, those first that have them in their heading. INDEX is a list of
// [file, page, anchor, heading, text], from search-index.js.
"use strict";

const SHOWN = 50;
const AROUND = 70; // letters before and behind the first word that is found

const asked = (new URLSearchParams(location.search).get("q") || "").trim();
const words = asked.toLowerCase().split(/\s+/).filter(Boolean);

function rank([, page, , heading, text]) {
  const [title, all] = [heading.toLowerCase(), `${page} ${heading} ${text}`.toLowerCase()];
  if (!words.every((word) => all.includes(word))) return 0;
  return 1 + 10 * words.filter((word) => title.includes(word)).length + 100 * (title === words.join(" "));
}

function excerpt(text) {
  const first = Math.min(...words.map((word) => text.toLowerCase().indexOf(word)).filter((place) => place >= 0));
  const start = Number.isFinite(first) ? Math.max(0, first - AROUND) : 0;
  const end = start + 2 * AROUND + 20;
  return (start ? "…" : "") + text.slice(start, end) + (end < text.length ? "…" : "");
}

function marked(text) {
  const line = document.createElement("p");
  const some = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
  text.split(new RegExp(`(${some})`, "gi")).forEach((piece, n) => {
    const part = n % 2 ? document.createElement("mark") : document.createElement("span");
    part.textContent = piece;
    line.append(part);
  });
  return line;
}

if (words.length) {
  const found = INDEX.map((part) => [rank(part), part]).filter(([points]) => points);
  found.sort(([a], [b]) => b - a);
  document.title = `${asked} · ${document.title}`;
  document.querySelector("input[name=q]").value = asked;
  document.querySelector("#found").textContent =
    `${found.length || "No"} ${found.length === 1 ? "part has" : "parts have"} “${asked}”` +
    (found.length > SHOWN ? `; the first ${SHOWN}:` : ".");
  for (const [, [file, page, anchor, heading, text]] of found.slice(0, SHOWN)) {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = `${file}#${anchor}`;
    link.textContent = heading.startsWith(page) ? heading : `${page}: ${heading}`;
    item.append(link, marked(excerpt(text)));
    document.querySelector("#results").append(item);
  }
}
