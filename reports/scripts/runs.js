// The runs behind a score: every seed at every learning rate, and the command that repeats each.
// Their address is #run/TASK/CELL/REMEDY.

const panel = document.getElementById("run");
const STATUS = { not_applicable: "does not apply", timeout: "ran out of time" };

function list(pairs) {
  const entries = pairs.map(({ label, value }) => make("div", {}, make("dt", { textContent: label }), make("dd", { textContent: value })));
  return make("dl", { className: "facts" }, ...entries);
}

function curve(data, name, trial, rates) {
  const curves = data.curves[name];
  const steps = curves?.steps[curves.of[trial.row]];
  if (!steps) return [];
  const title = `${nameOf(trial)}: ${trial.status}, test skill ${short(trial.skill)}`;
  return [{
    x: steps, y: curves.values[trial.row], rate: rates.indexOf(trial.rate), strong: trial.chosen === 1, title, row: trial.row,
  }];
}

function legend(rates, chosen) {
  const items = rates.map((rate, i) => {
    const line = svg("path", { ...strokeOf(i), d: "M1 6H33", "stroke-width": 2.5, fill: "none" });
    const words = rate === null ? "closed form" : `learning rate ${short(rate)}`;
    return make("li", {}, svg("svg", { viewBox: "0 0 34 12", width: 34, height: 12, "aria-hidden": "true" }, line),
      ` ${words}${chosen.has(rate) ? " (chosen on validation)" : ""}`);
  });
  return make("ul", { className: "legend" }, ...items);
}

function plots(data, ran) {
  const rates = [...new Set(ran.map((trial) => trial.rate))];
  const chosen = new Set(ran.filter((trial) => trial.chosen).map((trial) => trial.rate));
  const lines = (name) => ran.flatMap((trial) => curve(data, name, trial, rates));
  const levels = [[0, "chance"], ...(data.mark === null ? [] : [[data.mark, "pass mark"]])];
  const of = `${ran.length} trials over updates`;
  if (!data.points) return [make("p", { className: "fine", textContent: "Curves of so many trials are not in the page; they are in the table of curves." })];
  return [
    legend(rates, chosen),
    make("div", { className: "plots" },
      plot(lines("skill"), levels, { x: "updates", y: "validation skill", alt: `Validation skill of ${of}`, span: [0, 1] }),
      plot(lines("norm"), [], { x: "updates", y: "largest gradient norm", log: true, alt: `Largest gradient norm of ${of}` })),
    make("p", { className: "fine", textContent: `Strong: the chosen learning rate. A curve ends where training stopped. At most ${data.points} points of each curve are kept; a norm is the largest since the point before, before the remedy changed it.` }),
  ];
}

function again(data, cell, remedy) {
  const command = make("pre", { tabIndex: 0 });
  const which = make("p", {});
  const copy = make("button", { type: "button", textContent: "Copy" });
  copy.addEventListener("click", async () => {
    getSelection().selectAllChildren(command);
    await navigator.clipboard?.writeText(command.textContent).catch(() => {});
  });
  const say = (trial) => {
    which.textContent = `This trains ${nameOf(trial)} again:`;
    command.textContent = commandOf(data, cell, remedy, trial);
    for (const path of [...panel.querySelectorAll(".seed")]) {
      const mine = path.dataset.row === String(trial.row);
      path.classList.toggle("picked", mine);
      if (mine) path.parentNode.append(path); // above the others
    }
  };
  return { say, parts: [make("h3", { textContent: "Reproduce" }), which, command, copy] };
}

function absent(found) {
  const [one] = found;
  const words = one ? `${STATUS[one.status] ?? one.status}: ${one.reason}` : "No such runs are in this report.";
  return [make("p", { className: "notice" }, ...rich(words[0].toUpperCase() + words.slice(1)))];
}

function content(data, cell, remedy) {
  const found = trials(data, cell, remedy);
  const ran = found.filter((trial) => trial.seed !== null);
  if (!ran.length) return absent(found);
  const { say, parts } = again(data, cell, remedy);
  const setting = data.settings.ways[data.settings.of[ran[0].row]];
  const log = { label: "Log", value: `${data.logs}/${cell}.log` };
  const table = tableOf(ran, [data.task, cell, remedy].join("-"), say);
  return [...plots(data, ran), make("h3", { textContent: "Every trial" }), table, ...parts,
    make("h3", { textContent: "How it was trained" }), list([...data.facts, ...setting, log])];
}

const CANNOT = "This browser cannot unpack the runs (it has no DecompressionStream). They are in the tables of trials and curves.";

async function inside(task, cell, remedy) {
  const packed = [...document.querySelectorAll("script.runs")].find((element) => element.dataset.task === task);
  if (!packed) return absent([]);
  if (!canUnpack) return [make("p", { className: "notice", textContent: CANNOT })];
  return content(JSON.parse(await unpack(packed)), cell, remedy);
}

// The names in an address, or null where it is no address of runs.
function addressed() {
  const [kind, ...names] = location.hash.slice(1).split("/");
  try {
    return kind === "run" && names.length === 3 ? names.map(decodeURIComponent) : null;
  } catch {
    return null;
  }
}

async function openRun() {
  const names = addressed();
  if (!names) return panel.open && panel.close();
  const [task, cell, remedy] = names;
  panel.querySelector("h2").replaceChildren(...rich(`\`${cell}\` with \`${remedy}\` on \`${task}\``));
  const body = panel.querySelector(".body");
  body.replaceChildren(make("p", { className: "fine", textContent: "Unpacking the runs." }));
  if (!panel.open) panel.showModal();
  const parts = await inside(task, cell, remedy);
  if (String(addressed()) !== String(names)) return; // another one was opened meanwhile
  body.replaceChildren(...parts);
  (body.querySelector(".chosen input") ?? body.querySelector("tbody input"))?.click();
  body.scrollTop = 0;
}

panel.querySelector("button").addEventListener("click", () => panel.close());
panel.addEventListener("click", (event) => { if (event.target === panel) panel.close(); });
panel.addEventListener("close", () => {
  const names = addressed();
  if (!names) return;
  const task = document.querySelector(`.task[data-task="${CSS.escape(names[0])}"]`);
  history.replaceState(null, "", `#${task?.id ?? "tasks"}`);
});
