"""Cards, numbers and the bibliography."""

import math
from unicodedata import normalize
from xml.etree import ElementTree

import pytest

from seqbench import registry
from seqbench.analysis.methods.statistics import Interval
from seqbench.report import bibliography, numbers
from seqbench.report.cards import cards, equations, formula
from seqbench.report.cited import METHODS, TRAINERS
from seqbench.report.task_pages import scores

ENTRIES = bibliography.entries()
VARIANTS = [
    (kind, name) for kind in ("cells", "remedies", "tasks") for name in registry.names(kind)
]


@pytest.mark.parametrize(("kind", "name"), VARIANTS)
def test_every_source_has_an_entry(kind: str, name: str) -> None:
    keys = registry.describe(kind, name).sources
    assert keys, f"seqbench/{kind}/{name}.py: no line 'Source:' with a key"
    assert not set(keys) - set(ENTRIES), "add the entry to reports/references.bib"


@pytest.mark.parametrize(("kind", "name"), VARIANTS)
def test_a_drawing_shows_no_marks_of_code(kind: str, name: str) -> None:
    drawn = [
        b["text"] for b in cards.blocks(registry.describe(kind, name).doc) if b["kind"] == "pre"
    ]
    assert not any("`" in text for text in drawn), "it is set as it stands"


def test_methods_have_entries() -> None:
    assert not {*METHODS, *TRAINERS.values()} - set(ENTRIES)


@pytest.mark.parametrize("key", ENTRIES)
def test_entry_is_complete(key: str) -> None:
    entry = ENTRIES[key]
    assert {"author", "title", "year"} <= set(entry)
    assert any(place in entry for place in bibliography.PLACES)
    name = normalize("NFKD", bibliography.label(entry, key).split()[0].lower())  # accents apart
    assert key.startswith(name.encode("ascii", "ignore").decode()[:5])
    assert entry["year"] in key


def test_labels_and_missing_entries() -> None:
    assert bibliography.label(ENTRIES["drucker1992"], "drucker1992") == "Drucker and Le Cun 1992"
    assert bibliography.label(ENTRIES["gers2002"], "gers2002") == "Gers et al. 2002"
    [missing] = bibliography.references(["nobody1900"], ENTRIES)
    assert "no entry" in missing["text"]


def test_blocks_of_a_docstring() -> None:
    doc = (
        "Title\n\n    a = b\n\n    c = d\n\nGradient: it\ngoes on.\nNot this.\nNot that, nor\n"
        "that.\nSource: elman1990\n"
    )
    assert cards.blocks(doc) == [
        {"kind": "pre", "text": "a = b\n\nc = d"},
        {"kind": "gradient", "text": "Gradient: it goes on."},
        {"kind": "not", "text": "Not this."},
        {"kind": "not", "text": "Not that, nor that."},
    ]


def said(text: str) -> str:
    """What a reader sees of an equation: the text of its MathML."""
    nodes = equations.parse(text)
    assert nodes is not None
    return "".join(ElementTree.fromstring(f"<math>{formula.mathml(nodes)}</math>").itertext())


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("h_t = s(o) * tanh(c_t)", "ht=s(o)⊙tanh(ct)"),
        ("U_0 <- a U_0 / max_i |l_i|", "U0←aU0/maxi|li|"),
        ("h_{t-1} U^T", "ht−1UT"),
        ("lambda ||U^T U - I||^2", "λ‖UTU−I‖2"),
        ("h -> stop_gradient(h)", "h→stop gradient(h)"),
        ("(1 - z_t)^(1/T), i'", "(1−zt)(1/T),i′"),
        ("a sum_ij |U_ij|^p / sqrt(n)", "a∑ij|Uij|p/sqrt(n)"),
    ],
)
def test_equations_lose_no_letter(typed: str, shown: str) -> None:
    assert said(typed) == shown


def test_an_equation_is_cut_at_its_relation_and_a_drawing_is_none() -> None:
    [one, more] = equations.rows("a_t = b   where b is new\n      + c") or []
    assert one["note"] == "where b is new" and "=" in str(one["right"]) and more["note"] == ""
    [labeled] = equations.rows("testing     s <- p s     as its mean") or []
    assert (labeled["label"], labeled["note"]) == ("testing", "as its mean")
    [penalty] = equations.rows("loss + a ||g||^2   c = 0: ||.|| is g * g") or []
    assert (penalty["label"], penalty["note"]) == ("", "c = 0: ‖.‖ is g ⊙ g")
    assert equations.rows("steps left   ...  2k | 2k-1\ngradient     cut") is None


@pytest.mark.parametrize(
    ("typed", "signs"), [("b <- -b", 1), ("max(-c, -d)", 2), ("(a) - b - c", 0)]
)
def test_a_minus_without_a_left_side_is_a_sign(typed: str, signs: int) -> None:
    nodes = equations.parse(typed)
    assert nodes is not None
    assert formula.mathml(nodes).count('lspace="0" rspace="0">−') == signs
    assert formula.typst(nodes).count('class("normal", "−")') == signs


def test_only_spaces_that_mean_something_are_printed() -> None:
    nodes = equations.parse("a = 1 + dt tanh(b),  c = d") or ()
    assert formula.mathml(nodes).count("mspace") == 2  # dt tanh, and between the two equations
    assert formula.typst(nodes).count("thick") == formula.typst(nodes).count("quad") == 1


@pytest.mark.parametrize("kind", ["cells", "remedies"])
def test_every_card_shows_an_equation(kind: str) -> None:
    plain = [
        name
        for name in registry.names(kind)
        if not any(
            block["kind"] == "equations"
            for block in cards.typeset(cards.blocks(registry.describe(kind, name).doc))
        )
    ]
    assert not plain


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (numbers.number(-0.004), "0.00"),
        (numbers.number(math.nan), "–"),
        (numbers.signed(0.2), "+0.20"),
        (numbers.signed(-0.2), "−0.20"),
        (numbers.short(12345.6), "12,346"),
        (numbers.short(0.01234), "0.0123"),
        (numbers.percent(0.012), "1.2\u00a0%"),
        (numbers.percent(0.5), "50\u00a0%"),
        (numbers.percent(0.0004), "<0.1\u00a0%"),
        (numbers.percent(0.0), "0\u00a0%"),
        (numbers.interval(Interval(0.5, math.nan, math.nan)), "0.50"),
        (numbers.interval(Interval(0.5, -0.1, 1.0)), "0.50 [−0.10, 1.00]"),
        (numbers.listed(["a", "b", "c"]), "a, b and c"),
        (numbers.listed(list("abcdefgh")), "a, b, c, d, e and 3 more"),
    ],
)
def test_numbers(shown: str, expected: str) -> None:
    assert shown == expected


@pytest.mark.parametrize(("cells", "widths"), [(0, []), (8, [8]), (10, [10]), (11, [6, 5])])
def test_grids_are_split_evenly(cells: int, widths: list[int]) -> None:
    names = [f"cell{i}" for i in range(cells)]
    grids = scores.grids(scores.Ranked("adding", [], names, ["none"]))
    assert [len(grid["cells"]) for grid in grids] == widths
