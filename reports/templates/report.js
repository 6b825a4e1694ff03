"use strict";
// Tables that sort, filter and download; light and dark. The page is complete without it.

const theme = document.getElementById("theme");
const dark = matchMedia("(prefers-color-scheme: dark)");
theme.addEventListener("click", () => {
  const now = document.documentElement.dataset.theme || (dark.matches ? "dark" : "light");
  document.documentElement.dataset.theme = now === "dark" ? "light" : "dark";
});

// What a table's entry sorts by: its number, else its text; empty entries come last.
function key(cell) {
  const text = cell.dataset.key ?? cell.textContent.trim();
  if (cell.classList.contains("n") && cell.dataset.key === undefined) return null;
  return text !== "" && isFinite(text) ? Number(text) : text || null;
}

function compare(a, b) {
  if (a === null || b === null) return (a === null) - (b === null);
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), "en", { numeric: true });
}

function sort(table, column, head) {
  const down = head.getAttribute("aria-sort") === "ascending";
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row) => [key(row.cells[column]), row]);
  rows.sort(([a], [b]) => {
    const order = compare(a, b);
    return down && a !== null && b !== null ? -order : order;
  });
  for (const other of head.parentNode.children) other.setAttribute("aria-sort", "none");
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
  body.append(...rows.map(([, row]) => row));
}

function filter(box, words) {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const rows = [...box.querySelectorAll("tbody tr")];
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !wanted.every((word) => text.includes(word));
  }
  const left = rows.filter((row) => !row.hidden).length;
  box.querySelector(".shown").textContent = wanted.length ? `${left} of ${rows.length} rows` : "";
}

// A spreadsheet runs text that begins like a formula; numbers may keep their sign.
function quoted(text) {
  const plain = text.trim().replace(/\u2212/g, "-");
  const safe = /^[=@\t\r]|^[+-](?![\d.])/.test(plain) ? `'${plain}` : plain;
  return `"${safe.replaceAll('"', '""')}"`;
}

function download(box) {
  const rows = [...box.querySelectorAll("tr")].filter((row) => !row.hidden);
  const lines = rows.map((row) => [...row.cells].map((cell) => quoted(cell.textContent)).join(","));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([lines.join("\n") + "\n"], { type: "text/csv" }));
  link.download = `${box.dataset.name}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

for (const box of document.querySelectorAll(".tabular")) {
  const table = box.querySelector("table");
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    head.querySelector("button").addEventListener("click", () => sort(table, column, head));
  });
  box.querySelector("input")?.addEventListener("input", (e) => filter(box, e.target.value));
  box.querySelector(".download")?.addEventListener("click", () => download(box));
}

// A page of many scores holds the rows of a folded table as text until it is unfolded.
function fill(box) {
  const packed = box.querySelector("script.rows");
  const body = box.querySelector("tbody");
  for (const entries of packed ? JSON.parse(packed.textContent) : []) {
    const row = body.insertRow();
    for (const [text, key] of entries.map((entry) => [entry].flat())) {
      const cell = row.insertCell();
      if (key !== undefined) cell.dataset.key = key;
      if (cell.cellIndex && typeof key !== "string") cell.className = "n";
      text.split("`").forEach((part, i) => {
        cell.append(i % 2 ? Object.assign(document.createElement("code"), { textContent: part }) : part);
      });
    }
  }
  packed?.remove();
}

for (const packed of document.querySelectorAll("script.rows")) {
  const box = packed.closest("details");
  box.addEventListener("toggle", () => fill(box));
}

// A printed page shows what is folded away on the screen.
addEventListener("beforeprint", () => {
  for (const box of document.querySelectorAll("details")) {
    box.open = true;
    fill(box);
  }
});

// A link into a folded part unfolds it.
function unfold() {
  const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  if (target) target.closest("details")?.setAttribute("open", "");
}
addEventListener("hashchange", unfold);
unfold();
