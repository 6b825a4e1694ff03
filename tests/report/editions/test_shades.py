"""Colors on a dark page: lightness turned over, hue and order kept."""

import math
import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from seqbench.figures.drawing.style import CELL_COLORS, REMEDY_COLORS
from seqbench.report import svg
from seqbench.report.editions.shades import CARD, dark, lab, palette

COLORS = sorted({color[1:] for color in (*CELL_COLORS.values(), *REMEDY_COLORS.values())})


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    light = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_black_and_white_become_ink_and_page() -> None:
    assert dark("ffffff") == CARD
    assert contrast(dark("000000"), CARD) > 12


def test_every_color_of_the_figures_stands_out_as_before() -> None:
    for color in COLORS:
        assert contrast(dark(color), CARD) > 0.95 * min(contrast(color, "ffffff"), 4.5), color


def test_hues_stay() -> None:
    for color in COLORS:
        _, a, b = lab(color).tolist()
        _, c, d = lab(dark(color)).tolist()
        if math.hypot(a, b) > 0.05:
            turn = math.degrees(math.atan2(b, a) - math.atan2(d, c)) % 360
            assert min(turn, 360 - turn) < 6, color


@given(st.lists(st.integers(0, 255), min_size=2, max_size=6, unique=True))
def test_what_was_lighter_is_darker(grays: list[int]) -> None:
    turned = [luminance(dark(f"{g:02x}" * 3)) for g in sorted(grays) if g < 255]
    assert all(one >= other for one, other in pairwise(turned))


def test_the_palette_names_every_color_twice() -> None:
    drawing = '<svg style="fill: var(--k0072b2)"/>'
    rules = palette(svg.colors(drawing))
    assert re.findall(r"--k(\w{6}):", rules) == ["000000", "0072b2"] * 2
    assert "--k0072b2:light-dark(#0072b2,#" in rules
