"""The equations of a docstring, read: lines of plain ASCII become rows that `formula` prints.

    h_t = s(o) * tanh(c_t)      letters are italic, words upright, Greek by name, `*` element-wise
    U_0 <- a U_0                _ and ^ begin an index and a power; {} or () group them

Three spaces end a label or begin a note. A paragraph that is a drawing stays as it was typed.
"""

import re
from collections.abc import Iterator

from seqbench.report.cards.formula import GREEK, RELATIONS, SIGNS, Node, mathml, typst

TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<number>\d+(\.\d+)?|\.\d+)|(?P<name>[A-Za-z]+)|(?P<script>[_^])"
    r"|(?P<sign><-|->|<=|>=|!=|\.\.\.|\.\.|\|\||[-+*/=<>(),;:\[\]{}|~.'!])"
)


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
    alone = body.startswith("loss +")
    if rest and not (alone or _relation(parse(body) or ())) and _relation(parse(rest[0]) or ()):
        label, body, *rest = body, *rest
    nodes = parse(body)
    cut = _relation(nodes or ())
    alone = alone or (goes_on and line.startswith(" ") and not label)
    if nodes is None or not (cut or alone):
        return None
    left, right = ({"mathml": mathml(s), "typst": typst(s)} for s in (nodes[:cut], nodes[cut:]))
    note = signs("   ".join(rest)).replace("*", SIGNS["*"])
    return {"label": label, "left": left, "right": right, "note": note}


def signs(text: str) -> str:
    """Text with the signs of comparison and length as they are printed."""
    return re.sub(r"<=|>=|\|\|", lambda match: SIGNS[match[0]], text)


def _relation(nodes: tuple["Node", ...]) -> int:
    """The place of the first relation; 0 without one."""
    return next((i for i, node in enumerate(nodes) if node.text in RELATIONS), 0)


def parse(text: str) -> tuple[Node, ...] | None:
    """A line as nodes; None where a character is no part of an equation."""
    tokens, place = [], 0
    while place < len(text):
        if (match := TOKEN.match(text, place)) is None:
            return None
        tokens.append((match.lastgroup or "sign", match.group()))
        place = match.end()
    left = iter(tokens)
    return tuple(_nodes(list(left)))


def _nodes(tokens: list[tuple[str, str]]) -> Iterator[Node]:
    i = 0
    while i < len(tokens):
        kind, text = tokens[i]
        kind = "sign" if text == "sum" else kind
        i += 1
        if kind == "script" or not text.strip():
            if kind == "space":
                yield Node("space", text)
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
