// The trials of one cell and remedy: read from a task's columns, and as a table.

// Rows of a task's columns that belong to one cell and remedy, as objects.
function trials(data, cell, remedy) {
  const { columns, names } = data;
  const wanted = [names.cell.indexOf(cell), names.remedy.indexOf(remedy)];
  const found = [];
  columns.cell.forEach((code, row) => {
    if (code !== wanted[0] || columns.remedy[row] !== wanted[1]) return;
    const trial = { row };
    for (const name of Object.keys(columns)) trial[name] = columns[name][row];
    for (const name of ["status", "reason"]) trial[name] = names[name][trial[name]];
    found.push(trial);
  });
  return found;
}

function safe(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function commandOf(data, cell, remedy, trial) {
  const words = [data.command, "--task", safe(data.task), "--cell", safe(cell), "--remedy", safe(remedy)];
  if (trial.seed !== null) words.push("--seed", trial.seed);
  if (trial.rate !== null) words.push("--learning-rate", trial.rate);
  return words.join(" ");
}

function nameOf(trial) {
  const rate = trial.rate === null ? "closed form" : `learning rate ${short(trial.rate)}`;
  return `seed ${trial.seed}, ${rate}`;
}

const HEADS = {
  "": "choose a trial: its curve and its command", Rate: "learning rate", Seed: "names the random streams", Status: "how it ended",
  "Validation": "best validation score, in the metric", "Test": "test score of the weights with the best validation",
  "Test skill": "0 chance, 1 perfect", "Solved at": "updates until validation met the pass mark",
  "Updates": "updates done", "Largest norm": "largest gradient norm before the remedy changed it", "Reason": "why the status is not ok",
};

function rowOf(trial, pick, reasons) {
  const radio = make("input", { type: "radio", name: "trial" });
  radio.setAttribute("aria-label", nameOf(trial));
  radio.addEventListener("change", () => pick(trial));
  const row = make("tr", {}, make("td", {}, radio));
  const numbers = { rate: trial.rate, seed: trial.seed, status: trial.status, valid: trial.valid, test: trial.test,
    skill: trial.skill, solved: trial.solved, updates: trial.updates, norm: trial.norm };
  for (const [name, value] of Object.entries(numbers)) {
    const text = typeof value === "string" ? value.replace("_", " ") : short(value);
    const cell = make("td", { textContent: text, className: typeof value === "string" ? "" : "n" });
    if (value !== null) cell.dataset.key = value;
    row.append(cell);
  }
  if (reasons) row.append(make("td", { className: trial.reason.length > 48 ? "long" : "", textContent: trial.reason }));
  if (trial.chosen) row.className = "chosen";
  row.addEventListener("click", () => { if (!radio.checked) { radio.checked = true; pick(trial); } });
  return row;
}

function tableOf(ran, name, pick) {
  const reasons = ran.some((trial) => trial.reason);
  const shown = Object.entries(HEADS).filter(([label]) => reasons || label !== "Reason");
  const heads = shown.map(([label, title]) => make("th", { scope: "col", textContent: label || "Show", title }));
  const table = make("table", {}, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...ran.map((trial) => rowOf(trial, pick, reasons))));
  const scroll = make("div", { className: "scroll", tabIndex: 0 }, table);
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", "Trials");
  const box = make("div", { className: "tabular" }, scroll);
  box.dataset.name = name;
  furnish(box);
  return box;
}
