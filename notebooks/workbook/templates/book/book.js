// What scripts add to a page: an exchange can be stepped through, and what scrolls can be scrolled by keys.
"use strict";

function button(text, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}

for (const figure of document.querySelectorAll(".exchange")) {
  const list = figure.querySelector("ol");
  const moments = [...list.children];
  let shown = moments.length;

  const back = button("◀ Back", () => show(shown - 1));
  const on = button("Step through ▶", () => show(shown < moments.length ? shown + 1 : 1));
  const count = document.createElement("span");
  count.setAttribute("role", "status");

  function show(wanted) {
    list.style.minHeight ||= `${list.offsetHeight}px`; // the page below stays where it is
    shown = wanted;
    moments.forEach((moment, n) => (moment.hidden = n >= shown));
    back.disabled = shown === 1;
    on.textContent = shown < moments.length ? "Next ▶" : "Step through ▶";
    count.textContent = `${shown} of ${moments.length}: ${moments[shown - 1].querySelector(".who").textContent}`;
  }

  back.disabled = true;
  const bar = document.createElement("div");
  bar.className = "stepping";
  bar.append(back, on, count);
  figure.append(bar);
}

function reachable() {
  for (const each of document.querySelectorAll("pre, .scroll")) {
    if (each.scrollWidth > each.clientWidth) each.tabIndex = 0;
    else each.removeAttribute("tabindex");
  }
}

reachable();
addEventListener("resize", reachable);
document.addEventListener("toggle", reachable, true); // what was folded had no width
