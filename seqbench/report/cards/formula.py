"""A formula in pieces, printed: MathML for the page, Typst for the paper."""

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from html import escape
from itertools import pairwise

GREEK = {unicodedata.name(chr(c)).split()[-1].lower(): chr(c) for c in range(0x3B1, 0x3CA)}
GREEK |= {"lambda": "λ", "eps": "ε", "Omega": "Ω", "Gamma": "Γ", "Delta": "Δ", "Lambda": "Λ"}
SIGNS = {
    "<-": "←", "->": "→", "<=": "≤", ">=": "≥", "!=": "≠", "~": "∼", "*": "⊙", "-": "−", "||": "‖",
    "...": "…", "..": "…", "'": "′", "sum": "∑",
}  # fmt: skip
RELATIONS = ("=", "<-", "->", "~", "<=", ">=")


@dataclass(frozen=True)
class Node:
    """A sign, number or name, with what stands below and above it."""

    kind: str
    text: str
    below: tuple["Node", ...] = ()
    above: tuple["Node", ...] = ()


def _shown(node: Node) -> str:
    if node.text in GREEK:
        return GREEK[node.text]
    return SIGNS.get(node.text, node.text.replace("_", " "))


def _is_word(node: Node) -> bool:
    return node.kind == "name" and len(_shown(node)) > 1


def _spaced(nodes: tuple[Node, ...]) -> Iterator[Node]:
    """Without spaces that mean nothing: kept is one beside a word, where no operator sets its own.

    Two after a comma part two equations. A minus without a left side is a sign, not an operator.
    """
    last = Node("sign", "=")
    for node, after in pairwise((*nodes, last)):
        beside = (last, after)
        if node.kind == "space":
            wide = last.text == "," and len(node.text) > 1
            near = any(map(_is_word, beside)) and not any(map(_operates, beside))
            if wide or near:
                yield node if wide else Node("space", " ")
            continue
        alone = last.kind == "sign" and _class(last) not in ("normal", "closing")
        last = replace(node, kind="prefix") if node.text == "-" and alone else node
        yield last


def _operates(node: Node) -> bool:
    return node.kind == "sign" and _class(node) in ("relation", "binary")


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
            return f'<mspace width="{1 if len(node.text) > 1 else 0.28}em"/>'
        tag = {"number": "mn", "name": "mi"}.get(node.kind, "mo")
        tight = ' lspace="0" rspace="0"' if _class(node) == "normal" else ""
        fence = f' stretchy="false"{tight}' if tag == "mo" else ""
        return f"<{tag}{fence}>{escape(_shown(node))}</{tag}>"

    def script(base: str, below: str, above: str) -> str:
        kind = "msubsup" if below and above else "msub" if below else "msup"
        parts = "".join(f"<mrow>{part}</mrow>" for part in (below, above) if part)
        return f"<{kind}>{base}{parts}</{kind}>"

    return _print(nodes, one, script)


def typst(nodes: tuple[Node, ...]) -> str:
    """The same as the inside of a Typst equation; every text is quoted.

    Typst would print a blank between two texts.
    """

    def one(node: Node) -> str:
        if node.kind == "space":
            return " quad " if len(node.text) > 1 else " thick "
        shown = _shown(node).replace("\\", "\\\\").replace('"', '\\"')
        if node.kind == "name" and not _is_word(node):
            return f'italic("{shown}")'
        if node.kind == "name":
            return f'upright("{shown}")'
        return f'class("{_class(node)}", "{shown}")'

    def script(base: str, below: str, above: str) -> str:
        return base + (f"_({below})" if below else "") + (f"^({above})" if above else "")

    return _print(nodes, one, script)


def _class(node: Node) -> str:
    if node.kind in ("number", "prefix") or node.text in ("||", "|", "'", "...", ".."):
        return "normal"
    if node.text in RELATIONS or node.text in ("<", ">", "!="):
        return "relation"
    if node.text in "+-*/":
        return "binary"
    if node.text == "sum":
        return "large"
    kinds = {"(": "opening", "[": "opening", ")": "closing", "]": "closing"}
    return kinds.get(node.text, "punctuation")
