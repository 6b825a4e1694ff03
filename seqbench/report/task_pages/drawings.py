"""Small drawings of what a task gives and a network says: pixels, strokes, a piano roll.

They are made of numbers alone, so nothing that a network says can become markup. Ink has the color
of the text around it.
"""

import base64
import math
import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import TypeVar

from seqbench.report.svg import SVG

SIDE = 128  # pixels of a drawn picture's longer side, about
LARGEST = 64  # pixels of a side; of a larger picture, evenly spaced ones are kept
POINTS = 400
STEPS = 200
KEY, STEP = 3, 4  # units of a piano roll: height of a key, width of a step
OCTAVE = 12
Range = tuple[int, int]
T = TypeVar("T")


def _svg(width: float, height: float, inside: str) -> str:
    frame = (
        f'<rect width="{width:g}" height="{height:g}" fill="none" stroke="currentColor" '
        'stroke-opacity="0.25"/>'
    )
    return (
        f'<svg xmlns="{SVG}" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}">{inside}{frame}</svg>'
    )


def pixels(rows: list[list]) -> str:
    """A picture of gray (0 black, 1 white) or of (red, green, blue), a square for every pixel."""
    small = [row[:: _every(row)] for row in rows[:: _every(rows)]]
    colors = [[value if isinstance(value, list) else [value] * 3 for value in row] for row in small]
    unit = max(1, SIDE // max(len(small), len(small[0])))
    data = base64.b64encode(_png(_enlarged(colors, unit))).decode()
    width, height = unit * len(small[0]), unit * len(small)
    image = f'<image width="{width}" height="{height}" href="data:image/png;base64,{data}"/>'
    return _svg(width, height, image)


def _every(side: list) -> int:
    return -(-len(side) // LARGEST)


def _enlarged(rows: list[list[T]], times: int) -> list[list[T]]:
    """Every pixel as a square of many, so that no viewer smooths it away."""
    return [[color for color in row for _ in range(times)] for row in rows for _ in range(times)]


def _png(rows: list[list[list[float]]]) -> bytes:
    """The smallest sound PNG: 8 bits of red, green and blue, no filter."""
    lines = b"".join(b"\0" + bytes(_byte(c) for color in row for c in color) for row in rows)
    size = struct.pack(">2I5B", len(rows[0]), len(rows), 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", size), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _byte(value: float) -> int:
    return round(255 * _bounded(value, 0.0, 1.0))


def _bounded(value: float, low: float, high: float) -> float:
    return min(max(value, low), high) if math.isfinite(value) else low


def strokes(points: list) -> str:
    """The path of a pen, (x, y, pen down) in 0..1 from the upper left corner."""
    path, gap = "", True
    for x, y, down in points[:POINTS]:
        if not (math.isfinite(x) and math.isfinite(y)):
            gap = True
            continue
        place = " ".join(f"{100 * _bounded(v, -1.0, 2.0):.1f}" for v in (x, y))
        path += f"L{place}" if down >= 0.5 and not gap else f"M{place}l0 0"
        gap = False
    ink = (
        f'<path d="{path}" fill="none" stroke="currentColor" stroke-width="3" '
        'stroke-linecap="round" stroke-linejoin="round"/>'
    )
    return _svg(100, 100, ink if path else "")


def keys(*rolls: list) -> Range:
    """The lowest and the highest key of several rolls together, an octave apart at least."""
    found = sorted(key for roll in rolls for step in roll for key in _sound(step)) or [0]
    return found[0], max(found[-1], found[0] + OCTAVE)


def _sound(step: Iterable[float]) -> Iterator[int]:
    return (int(key) for key in step if 0 <= key < 128)


def roll(steps: list, between: Range) -> str:
    """A piano roll: time to the right, high keys above; a line at every octave."""
    low, high = between
    width, height = STEP * max(1, len(steps[:STEPS])), KEY * (high - low + 1)
    ruled = "".join(f"M0 {KEY * (high - key)}h{width}" for key in range(low, high, OCTAVE))
    bars = "".join(
        f"M{STEP * start} {KEY * (high - key)}h{STEP * length - 1}v{KEY}H{STEP * start}z"
        for key, start, length in _held(steps[:STEPS])
    )
    return _svg(
        width,
        height,
        f'<path d="{ruled}" stroke="currentColor" stroke-opacity="0.15" fill="none"/>'
        f'<path d="{bars}" fill="currentColor"/>',
    )


def _held(steps: list) -> Iterator[tuple[int, int, int]]:
    """Key, first step and number of steps of everything that sounds without a break."""
    since: dict[int, int] = {}
    for now, step in enumerate([*steps, []]):
        sounding = set(_sound(step))
        for key in sorted(set(since) - sounding):
            begun = since.pop(key)
            yield key, begun, now - begun
        since |= {key: now for key in sounding if key not in since}
