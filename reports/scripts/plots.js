// Curves as a drawing: a line per trial, color and dashes by learning rate.

const SIZE = { width: innerWidth < 500 ? 340 : 460, height: 250, left: 56, right: 66, top: 12, bottom: 36 };
const DASHES = ["", "6 2", "2 2", "8 2 2 2", "10 3", "1 3"];
const COLORS = 6; // of the style sheet: --rate-0 and so on

function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// About so many round numbers from low to high.
function ticks(low, high, most = 5) {
  const raw = (high - low) / most || 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find((unit) => unit * power >= raw * 0.999);
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) found.push(k * step);
  return found;
}

// From numbers to places on the drawing; `log` in powers of ten.
function scale([low, high], [start, end], log) {
  const f = log ? Math.log10 : (x) => x;
  const [a, b] = f(low) === f(high) ? [f(low) - 0.5, f(high) + 0.5] : [f(low), f(high)];
  const place = (x) => start + ((f(x) - a) / (b - a)) * (end - start);
  if (!log) return { place, marks: ticks(a, b) };
  const marks = [];
  const every = Math.max(1, Math.ceil((b - a) / 5));
  for (let k = Math.ceil(a - 1e-9); k <= b + 1e-9; k += every) marks.push(10 ** k);
  return { place, marks: marks.length > 1 ? marks : [low, high] };
}

function range(values, log) {
  const usable = values.filter((x) => x !== null && (!log || x > 0));
  if (!usable.length) return null;
  const low = usable.reduce((a, b) => Math.min(a, b));
  const high = usable.reduce((a, b) => Math.max(a, b));
  if (!log) return [low, high];
  return [10 ** Math.floor(Math.log10(low)), 10 ** Math.ceil(Math.log10(high))];
}

function strokeOf(rate) {
  return { stroke: `var(--rate-${rate % COLORS})`, "stroke-dasharray": DASHES[rate % DASHES.length] };
}

function frame(x, y, labels) {
  const { width, height, left, right, top, bottom } = SIZE;
  const lines = y.marks.map((v) => svg("path", { class: "grid", d: `M${left} ${y.place(v)}H${width - right}` }));
  const down = y.marks.map((v) => svg("text", { x: left - 6, y: y.place(v) + 4, class: "down" }, short(v)));
  const across = x.marks.map((v) => svg("text", { x: x.place(v), y: height - bottom + 15, class: "across" }, short(v)));
  const middle = (top + height - bottom) / 2;
  return [
    ...lines, ...down, ...across,
    svg("text", { x: (left + width - right) / 2, y: height - 4, class: "across" }, labels.x),
    svg("text", { x: 12, y: middle, class: "across", transform: `rotate(-90 12 ${middle})` }, labels.y),
  ];
}

// lines: [{ x, y, rate, strong, title, row }]; levels: [[value, words]]; options: { x, y, log, span }.
function plot(lines, levels, options) {
  const { width, height, left, right, top, bottom } = SIZE;
  const found = range(lines.flatMap((line) => line.y).concat(levels.map(([value]) => value)), options.log);
  if (!found) return make("p", { className: "fine", textContent: `${options.y}: no curve was recorded.` });
  const last = lines.reduce((most, line) => Math.max(most, line.x.at(-1) ?? 0), 1);
  const x = scale([0, last], [left, width - right], false);
  const y = scale(options.span ? [Math.min(found[0], options.span[0]), Math.max(found[1], options.span[1])] : found, [height - bottom, top], options.log);
  const paths = lines.map((line) => {
    const points = line.x.map((step, i) => [step, line.y[i]]).filter(([, v]) => v !== null && (!options.log || v > 0));
    const path = svg("path", {
      ...strokeOf(line.rate), fill: "none", class: line.strong ? "seed strong" : "seed", "data-row": line.row,
      d: points.map(([step, v], i) => `${i ? "L" : "M"}${x.place(step).toFixed(1)} ${y.place(v).toFixed(1)}`).join(""),
    });
    path.append(svg("title", {}, line.title));
    return path;
  });
  paths.sort((a, b) => a.classList.contains("strong") - b.classList.contains("strong"));
  const marks = levels.flatMap(([value, words]) => [
    svg("path", { class: "level", d: `M${left} ${y.place(value)}H${width - right}` }),
    svg("text", { class: "words", x: width - right + 5, y: y.place(value) + 4 }, words),
  ]);
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": options.alt },
    ...frame(x, y, options), ...marks, ...paths);
}
