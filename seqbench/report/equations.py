"""The equations of a docstring, typeset: plain ASCII becomes MathML (page) and Typst (paper).

    h_t = s(o) * tanh(c_t)      letters are italic, words upright, Greek by name, `*` element-wise
    U_0 <- a U_0                _ and ^ begin an index and a power; {} or () group them

Three spaces end a label or begin a note. A paragraph that is a drawing stays as it was typed.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape

GREEK = {unicodedata.name(chr(c)).split()[-1].lower(): chr(c) for c in range(0x3B1, 0x3CA)}
GREEK |= {"lambda": "λ", "eps": "ε", "Omega": "Ω", "Gamma": "Γ", "Delta": "Δ", "Lambda": "Λ"}
SIGNS = {
    "<-": "←", "->": "→", "<=": "≤", ">=": "≥", "!=": "≠", "~": "∼", "*": "⊙", "-": "−", "||": "‖",
    "...": "…", "..": "…", "'": "′",
}  # fmt: skip
RELATIONS = ("=", "<-", "->", "~", "<=", ">=")
TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<number>\d+(\.\d+)?|\.\d+)|(?P<name>[A-Za-z]+)|(?P<script>[_^])"
    r"|(?P<sign><-|->|<=|>=|!=|\.\.\.|\.\.|\|\||[-+*/=<>(),;:\[\]{}|~.'!])"
)


@dataclass(frozen=True)
class Node:
    """A sign, number or name, with what stands below and above it."""

    kind: str
    text: str
    below: tuple["Node", ...] = ()
    above: tuple["Node", ...] = ()


Row = dict[str, object]  # label, note: text; left, right: {"mathml", "typst"}


def rows(text: str) -> list[Row] | None:
    """The lines of a paragraph as equations; None where it is something else."""
    made: list[Row] = []
    for line in text.splitlines():
        row = _row(line, bool(made))
        if row is None:
            return None
        made.append(row)
    return made


def _row(line: str, goes_on: bool) -> Row | None:
    """One line; without a relation only where it goes on with the line before."""
    body, *rest = re.split(r"(?<=\S) {3,}", line)
    label = ""
    if rest and not _relation(parse(body) or ()) and _relation(parse(rest[0]) or ()):
        label, body, *rest = body, *rest
    nodes = parse(body)
    cut = _relation(nodes or ())
    alone = body.startswith("loss +") or (goes_on and line.startswith(" ") and not label)
    if nodes is None or not (cut or alone):
        return None
    left, right = ({"mathml": mathml(s), "typst": typst(s)} for s in (nodes[:cut], nodes[cut:]))
    return {"label": label, "left": left, "right": right, "note": "   ".join(rest)}


def _relation(nodes: tuple["Node", ...]) -> int:
    """The place of the first relation; 0 without one."""
    return next((i for i, node in enumerate(nodes) if node.text in RELATIONS), 0)


def parse(text: str) -> tuple[Node, ...] | None:
    """A line as nodes; None where a character is no part of an equation."""
    tokens, place = [], 0
    while place < len(text):
        if (found := TOKEN.match(text, place)) is None:
            return None
        tokens.append((found.lastgroup or "sign", found.group()))
        place = found.end()
    left = iter(tokens)
    return tuple(_nodes(list(left)))


def _nodes(tokens: list[tuple[str, str]]) -> Iterator[Node]:
    i = 0
    while i < len(tokens):
        kind, text = tokens[i]
        i += 1
        if kind == "script" or not text.strip():
            if kind == "space":
                yield Node("space", " ")
            continue
        scripts: dict[str, tuple[Node, ...]] = {}
        while i + 1 < len(tokens) and tokens[i][0] == "script":
            mark = tokens[i][1]
            inside, i = _script(tokens, i + 1)
            if kind == "name" and mark == "_" and _one_word(text, inside):
                text += "_" + inside[0][1]
            else:
                scripts[mark] = tuple(_nodes(inside))
        yield Node(kind, text, scripts.get("_", ()), scripts.get("^", ()))


def _one_word(name: str, inside: list[tuple[str, str]]) -> bool:
    """Whether the part after _ goes on with a name of several letters: stop_gradient."""
    long = len(name) > 2 and name not in GREEK
    return long and len(inside) == 1 and inside[0][0] == "name" and len(inside[0][1]) > 1


def _script(tokens: list[tuple[str, str]], i: int) -> tuple[list[tuple[str, str]], int]:
    """What an index or a power holds, and where the text goes on."""
    closing = {"{": "}", "(": ")"}.get(tokens[i][1])
    if closing is None:
        end = i + 2 if tokens[i][1] in ("-", "+") else i + 1
        return tokens[i:end], end
    depth, end = 1, i + 1
    while end < len(tokens) and depth:
        depth += (tokens[end][1] == tokens[i][1]) - (tokens[end][1] == closing)
        end += 1
    braces = tokens[i][1] == "{"
    return tokens[i + 1 : end - 1] if braces else tokens[i:end], end


def _shown(node: Node) -> str:
    if node.text in GREEK:
        return GREEK[node.text]
    return SIGNS.get(node.text, node.text.replace("_", " "))


def _is_word(node: Node) -> bool:
    return node.kind == "name" and len(_shown(node)) > 1


def _spaced(nodes: tuple[Node, ...]) -> Iterator[Node]:
    """Without the spaces that mean nothing: only those beside a word are kept."""
    for before, node, after in zip((None, *nodes), nodes, (*nodes[1:], None), strict=False):
        beside = [n for n in (before, after) if n is not None]
        if node.kind != "space" or any(map(_is_word, beside)):
            yield node


def _print(
    nodes: tuple[Node, ...], one: Callable[[Node], str], script: Callable[[str, str, str], str]
) -> str:
    out = []
    for node in _spaced(nodes):
        below, above = (_print(part, one, script) for part in (node.below, node.above))
        out.append(script(one(node), below, above) if below or above else one(node))
    return "".join(out)


def mathml(nodes: tuple[Node, ...]) -> str:
    """The children of a <math> element."""

    def one(node: Node) -> str:
        if node.kind == "space":
            return '<mspace width="0.28em"/>'
        tag = {"number": "mn", "name": "mi"}.get(node.kind, "mo")
        fence = ' stretchy="false"' if tag == "mo" else ""
        return f"<{tag}{fence}>{escape(_shown(node))}</{tag}>"

    def script(base: str, below: str, above: str) -> str:
        kind = "msubsup" if below and above else "msub" if below else "msup"
        parts = "".join(f"<mrow>{part}</mrow>" for part in (below, above) if part)
        return f"<{kind}>{base}{parts}</{kind}>"

    return _print(nodes, one, script)


def typst(nodes: tuple[Node, ...]) -> str:
    """The same as the inside of a Typst equation; every text is quoted."""

    def one(node: Node) -> str:
        if node.kind == "space":
            return "thick "
        shown = _shown(node).replace("\\", "\\\\").replace('"', '\\"')
        if node.kind == "name" and not _is_word(node):
            return f'italic("{shown}") '
        return (
            f'upright("{shown}") '
            if node.kind == "name"
            else f'class("{_class(node)}", "{shown}") '
        )

    def script(base: str, below: str, above: str) -> str:
        return base.rstrip() + (f"_({below}) " if below else "") + (f"^({above}) " if above else "")

    return _print(nodes, one, script)


def _class(node: Node) -> str:
    if node.kind == "number" or node.text in ("||", "|", "'", "...", ".."):
        return "normal"
    if node.text in RELATIONS or node.text in ("<", ">", "!="):
        return "relation"
    if node.text in "+-*/":
        return "binary"
    kinds = {"(": "opening", "[": "opening", ")": "closing", "]": "closing"}
    return kinds.get(node.text, "punctuation")
