// What is shown of a table, as a file.

function offer(name, text, type) {
  const link = make("a", { href: URL.createObjectURL(new Blob([text], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// The entries of the rows and columns that are not hidden.
function seen(box) {
  const rows = [...box.querySelectorAll("tr")].filter((row) => !row.hidden);
  return rows.map((row) => [...row.cells].filter((cell) => !cell.hidden));
}

// A spreadsheet runs text that begins like a formula; numbers may keep their sign.
function quoted(text) {
  const plain = text.trim().replace(/\u2212/g, "-");
  const safe = /^[=@\t\r]|^[+-](?![\d.])/.test(plain) ? `'${plain}` : plain;
  return `"${safe.replaceAll('"', '""')}"`;
}

function csv(box) {
  const lines = seen(box).map((cells) => cells.map((cell) => quoted(cell.textContent)).join(","));
  return `${lines.join("\n")}\n`;
}

const TEX = {
  "\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}",
  "\u2212": "$-$", "\u00d7": "$\\times$", "\u2013": "--", "\u2264": "$\\le$", "\u2265": "$\\ge$",
  "\u00a0": "~", "\u2026": "\\ldots{}",
};

function escaped(text) {
  const plain = text.trim().replace(/[ \n\t]+/g, " ");
  return plain.replace(/[\\~^&%$#_{}\u2212\u00d7\u2013\u2264\u2265\u00a0\u2026]/g, (sign) => TEX[sign] ?? `\\${sign}`);
}

function set(cell) {
  const code = cell.querySelector("code");
  const text = escaped(cell.textContent);
  return code?.textContent === cell.textContent.trim() ? `\\texttt{${text}}` : text;
}

// A tabular of the package booktabs.
function latex(box) {
  const [head, ...rows] = seen(box);
  const sides = (rows[0] ?? head).map((cell) => (cell.classList.contains("n") ? "r" : "l")).join("");
  const line = (cells) => `${cells.map(set).join(" & ")} \\\\`;
  return [
    `\\begin{tabular}{${sides}}`, "\\toprule", line(head), "\\midrule", ...rows.map(line),
    "\\bottomrule", "\\end{tabular}", "",
  ].join("\n");
}
