// Tables that sort, filter and hide columns. Without this script they are plain, and complete.

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

function show(table, column, on) {
  for (const row of table.rows) row.cells[column].hidden = !on;
}

// A box to tick for every column, with what it means.
function columns(table) {
  const items = [...table.tHead.rows[0].cells].map((head, column) => {
    const tick = make("input", { type: "checkbox", checked: true });
    tick.addEventListener("change", () => show(table, column, tick.checked));
    const meaning = make("span", { className: "fine", textContent: head.title });
    return make("li", {}, make("label", {}, tick, " ", head.textContent), " ", meaning);
  });
  const list = make("ul", {}, ...items);
  return make("details", { className: "columns" }, make("summary", { textContent: "Columns" }), list);
}

const FEW = 7; // rows that nobody has to search

function tools(box, table) {
  const bar = make("div", { className: "tools" });
  if (box.querySelector("script.rows") || table.tBodies[0].rows.length > FEW) {
    const words = make("input", { type: "search", placeholder: "words in a row" });
    words.addEventListener("input", () => filter(box, words.value));
    bar.append(make("label", {}, "Filter ", words));
    const left = make("output", { className: "shown" });
    left.setAttribute("aria-live", "polite");
    bar.append(left);
  }
  bar.append(columns(table));
  for (const [label, write, type] of [["CSV", csv, "text/csv"], ["LaTeX", latex, "text/x-tex"]]) {
    const button = make("button", { type: "button", className: label.toLowerCase(), textContent: label });
    button.title = `Download the rows and columns shown, as ${label}`;
    const ending = label === "CSV" ? "csv" : "tex";
    button.addEventListener("click", () => offer(`${box.dataset.name}.${ending}`, write(box), type));
    bar.append(button);
  }
  if (box.id) bar.append(make("a", { href: `#${box.id}`, textContent: "Link", title: "The address of this table" }));
  return bar;
}

const NOTHING = ["not run", "\u2013"];

// The score of a row opens its runs: "column of the score, of the cell, of the remedy (or its name)".
function link(row, task, triples) {
  for (const [score, cell, remedy] of triples) {
    const names = [cell, remedy].map((place) => row.cells[place]?.dataset.key ?? (place === "none" ? place : ""));
    const entry = row.cells[score];
    if (names.includes("") || entry.querySelector("a") || NOTHING.includes(entry.textContent.trim())) continue;
    const words = [task, ...names].map(encodeURIComponent).join("/");
    entry.replaceChildren(make("a", { href: `#run/${words}`, className: "open" }, ...entry.childNodes));
  }
}

function linked(box, rows) {
  const { task, runs } = box.dataset;
  const triples = (task && runs ? runs.split(" ") : []).map((text) => text.split(","));
  if (triples.length) for (const row of rows) link(row, task, triples);
}

function furnish(box) {
  const table = box.querySelector("table");
  box.prepend(tools(box, table));
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = make("button", { type: "button" }, ...head.childNodes);
    button.addEventListener("click", () => sort(table, column, head));
    head.setAttribute("aria-sort", "none");
    head.classList.toggle("n", table.tBodies[0].rows[0]?.cells[column].classList.contains("n") ?? false);
    head.replaceChildren(button);
  });
  linked(box, table.tBodies[0].rows);
}

// A page of many scores holds the rows of a folded table as text until it is unfolded.
function fill(box) {
  const waiting = box.querySelector("script.rows");
  const body = box.querySelector("tbody");
  for (const entries of waiting ? JSON.parse(waiting.textContent) : []) {
    const row = body.insertRow();
    for (const [text, key] of entries.map((entry) => [entry].flat())) {
      const cell = row.insertCell();
      if (key !== undefined) cell.dataset.key = key;
      if (cell.cellIndex && typeof key !== "string") cell.className = "n";
      cell.append(...rich(text));
    }
  }
  if (!waiting) return;
  waiting.remove();
  linked(box.querySelector(".tabular"), body.rows);
  box.querySelectorAll("thead th").forEach((head, column) => {
    if (head.hidden) show(box.querySelector("table"), column, false);
  });
}
