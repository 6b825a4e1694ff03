"""How numbers look in the report: one way, the same in HTML and PDF.

Minus is the sign, not the hyphen; what does not exist is a dash, never "nan".
"""

import math
from numbers import Real
from typing import TypeGuard

from seqbench.analysis.methods.statistics import Interval

NOTHING = "–"
METRICS = {"mse": "MSE", "mae": "MAE", "rse": "RSE", "bleu": "BLEU", "chrf": "chrF"}

LEAST = 1e-4  # p


def exists(x: object) -> TypeGuard[float]:
    """Whether a table's entry is a finite number (numpy's kinds included)."""
    return isinstance(x, Real) and math.isfinite(x)


def number(x: object, digits: int = 2) -> str:
    """1.234 -> 1.23, with as many digits after the point as asked."""
    if not exists(x):
        return NOTHING
    text = f"{x:.{digits}f}"
    return text.replace("-", "−") if float(text) else text.lstrip("-")


def signed(x: object, digits: int = 2) -> str:
    """0.2 -> +0.20"""
    text = number(x, digits)
    return text if text == NOTHING or text[0] == "−" or not float(text) else f"+{text}"


def short(x: object) -> str:
    """Three significant digits, for numbers of any size: 0.0125, 1.32, 12,300, 2.1e+07."""
    if not exists(x):
        return NOTHING
    text = f"{x:,.0f}" if 1000 <= abs(x) < 1e7 else f"{x:.3g}"
    return text.replace("-", "−")


def pvalue(p: object) -> str:
    """p = 0.012; below what random signs can tell from 0, p < 0.0001"""
    return "p < 0.0001" if exists(p) and p < LEAST else f"p = {short(p)}"


def count(x: object) -> str:
    """12300 -> 12,300"""
    return f"{int(x):,}" if exists(x) else NOTHING


def percent(x: object) -> str:
    """0.1234 -> 12 %; a share below ten percent keeps one digit, a tiny one says so."""
    if not exists(x):
        return NOTHING
    share = 100 * float(x)
    text = "<0.1" if 0 < share < 0.05 else number(share, 0 if share >= 10 or share == 0 else 1)
    return f"{text}\N{NO-BREAK SPACE}%"


def interval(i: Interval, form=number) -> str:  # type: ignore[no-untyped-def]
    """0.87 [0.80, 0.93]; one value alone where there is no interval."""
    around = f" [{form(i.low)}, {form(i.high)}]" if exists(i.low) else ""
    return f"{form(i.mean)}{around}"


def metric(name: str) -> str:
    """mse -> MSE, exact_match -> exact match, bleu_beam -> BLEU, beam search"""
    plain = name.removesuffix("_beam")
    shown = METRICS.get(plain, plain.replace("_", " ")) or NOTHING
    return shown if plain == name else f"{shown}, beam search"


def valued(name: str, value: Interval) -> str:
    """MSE 0.43 [0.41, 0.45]"""
    return f"{metric(name)} {interval(value, short)}"


def listed(words: list[str], most: int = 6) -> str:
    """a, b and c; a long list is cut and says how much is left."""
    if len(words) > most:
        words = [*words[: most - 1], f"{len(words) - most + 1} more"]
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def named(names: list[str]) -> str:
    """Names of variants, printed as code: `a`, `b` and `c`."""
    return listed([f"`{name}`" for name in names])


def plural(n: int, noun: str, many: str = "") -> str:
    """1 seed, 3 seeds"""
    return f"{n:,} {noun if n == 1 else many or noun + 's'}"
