"""The same color on a dark page: its lightness turned over, its hue kept.

In OKLCH, where L is lightness as people see it, C chroma and h hue
(https://bottosson.github.io/posts/oklab):

    L' = 0.24 + 0.69 (1 - L)^0.65      C' = C, less where a screen has no such color      h' = h

White becomes the dark page, black its ink; what was lighter than its neighbor becomes darker, so a
figure keeps its contrasts and color-blind readers the order they tell colors apart by.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

PAGE, SPAN, BEND = 0.24, 0.69, 0.65
WHITE, CARD = "ffffff", "1c2026"  # what a figure lies on, with the lightness PAGE

_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)

Triple = NDArray[np.float64]


def lab(color: str) -> Triple:
    """L, a and b of a color "rrggbb"."""
    parts = np.array([int(color[i : i + 2], 16) for i in (0, 2, 4)]) / 255
    light = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return _LAB @ np.cbrt(_CONES @ light)


def _light(color: Triple) -> Triple:
    """Linear red, green and blue; outside of 0..1 where no screen shows the color."""
    return np.linalg.solve(_CONES, np.linalg.solve(_LAB, color) ** 3)


def _written(light: Triple) -> str:
    light = np.clip(light, 0, 1)
    parts = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return "".join(f"{round(255 * part):02x}" for part in parts.tolist())


@cache
def dark(color: str) -> str:
    """ "0072b2" -> its counterpart on a dark page, as "rrggbb"."""
    if color == WHITE:
        return CARD
    old, a, b = lab(color).tolist()
    new = PAGE + SPAN * max(0.0, 1 - old) ** BEND
    for chroma in np.linspace(1, 0, 41).tolist():
        light = _light(np.array([new, chroma * a, chroma * b]))
        if light.min() >= -0.001 and light.max() <= 1.001:
            break
    return _written(light)


def palette(colors: list[str]) -> str:
    """Style rules that define --k0072b2 and so on, on light and on dark pages.

    A browser that does not know `light-dark` shows the light ones.
    """
    plain = "".join(f"--k{c}:#{c};" for c in colors)
    both = "".join(f"--k{c}:light-dark(#{c},#{dark(c)});" for c in colors)
    return f":root{{{plain}}}@supports (color:light-dark(red,red)){{:root{{{both}}}}}"
