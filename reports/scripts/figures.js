// A figure's drawing and its numbers, to take along or to look at.

const ROWS = 500; // of a figure's table that are shown; the file has all

// Lines of comma-separated text, quotes included.
function parsed(text) {
  const rows = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n|$)/g)) {
    rows.at(-1).push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === "\n") rows.push([]);
    if (end === "") break;
  }
  return rows.filter((row) => row.length > 1 || row[0]);
}

function listing(name, text) {
  const [heads, ...lines] = parsed(text);
  const head = make("tr", {}, ...heads.map((word) => make("th", { scope: "col", textContent: word })));
  const body = lines.slice(0, ROWS).map((line) => make("tr", {}, ...line.map((word) => {
    const number = word !== "" && isFinite(word);
    const cell = make("td", { textContent: number ? short(Number(word)) : word, className: number ? "n" : "" });
    if (number) cell.dataset.key = word;
    return cell;
  })));
  const table = make("table", {}, make("thead", {}, head), make("tbody", {}, ...body));
  const scroll = make("div", { className: "scroll", tabIndex: 0 }, table);
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", `Numbers of ${name}`);
  const box = make("div", { className: "tabular" }, scroll);
  box.dataset.name = name;
  furnish(box);
  const cut = lines.length > ROWS ? `The first ${ROWS} of ${lines.length.toLocaleString("en-US")} rows; the CSV has all.` : "";
  return [make("p", { className: "fine", textContent: cut }), box];
}

// As a file of its own, the drawing is the light one.
function drawing(figure) {
  const copy = new XMLSerializer().serializeToString(figure.querySelector(".drawing svg"));
  return copy.replace(/var\(--k([0-9a-f]{6})\)/g, "#$1");
}

function take(label, title, action) {
  const button = make("button", { type: "button", textContent: label, title });
  button.addEventListener("click", action);
  return button;
}

function equip(figure) {
  const name = figure.id.replace("figure-", "");
  const data = figure.querySelector("script.data");
  const bar = make("div", { className: "tools" });
  if (figure.querySelector(".drawing svg")) {
    bar.append(take("SVG", "Download the drawing", () => offer(`${name}.svg`, drawing(figure), "image/svg+xml")));
  }
  if (data && canUnpack) {
    bar.append(take("CSV", "Download all its data", async () => offer(`${name}.csv`, await unpack(data), "text/csv")));
    const numbers = make("details", { className: "numbers" }, make("summary", { textContent: "Numbers" }));
    numbers.addEventListener("toggle", async () => {
      if (numbers.open && numbers.children.length === 1) numbers.append(...listing(name, await unpack(data)));
    });
    bar.append(numbers);
  }
  bar.append(make("a", { href: `#${figure.id}`, textContent: "Link", title: "The address of this figure" }));
  figure.querySelector("figcaption").append(bar);
}
