// Light and dark, where the reader is, what is folded; and everything above put to work.

const theme = document.getElementById("theme");
const THEMES = { "": ["◐", " Auto"], dark: ["●", " Dark"], light: ["○", " Light"] };
theme.addEventListener("click", () => {
  const names = Object.keys(THEMES);
  const next = names[(names.indexOf(document.documentElement.dataset.theme ?? "") + 1) % names.length];
  if (next) document.documentElement.dataset.theme = next;
  else delete document.documentElement.dataset.theme;
  const [sign, name] = THEMES[next];
  theme.replaceChildren(sign, make("span", { textContent: name }));
  theme.setAttribute("aria-label", `Colors:${name.toLowerCase()}`);
});
theme.hidden = false;

for (const box of document.querySelectorAll(".tabular")) furnish(box);
for (const figure of document.querySelectorAll("figure.plate")) equip(figure);
for (const waiting of document.querySelectorAll("script.rows")) {
  const box = waiting.closest("details");
  box.addEventListener("toggle", () => fill(box));
}

// The section that a reader is in is marked, and kept in sight where the bar is narrow.
const nav = document.querySelector(".top nav");
const links = new Map([...nav.querySelectorAll("a")].map((link) => [link.hash.slice(1), link]));
const inSight = new Set();
function mark() {
  const now = [...links.keys()].findLast((id) => inSight.has(id));
  for (const [id, link] of links) {
    if (id === now) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  const link = links.get(now);
  if (link) nav.scrollLeft = link.offsetLeft - (nav.clientWidth - link.clientWidth) / 2;
}
const watch = new IntersectionObserver((seen) => {
  for (const { target, isIntersecting } of seen) {
    if (isIntersecting) inSight.add(target.id);
    else inSight.delete(target.id);
  }
  mark();
}, { rootMargin: "-15% 0px -80% 0px" });
for (const id of links.keys()) watch.observe(document.getElementById(id));

// A printed page shows what is folded away on the screen, and is folded again afterwards.
let unfolded = [];
addEventListener("beforeprint", () => {
  unfolded = [...document.querySelectorAll("main details:not(.columns, .numbers, [open])")];
  for (const box of unfolded) {
    box.open = true;
    fill(box);
  }
});
addEventListener("afterprint", () => unfolded.forEach((box) => { box.open = false; }));

// A link into a folded part unfolds it; an address of runs opens them.
function arrive() {
  const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  const boxes = [];
  for (let box = target && target.closest("details"); box; box = box.parentElement.closest("details")) boxes.push(box);
  const closed = boxes.filter((box) => !box.open);
  for (const box of closed) {
    box.open = true;
    fill(box);
  }
  if (closed.length) target.scrollIntoView();
  openRun();
}
addEventListener("hashchange", arrive);
arrive();
