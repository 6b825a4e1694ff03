"""MADE-UP results, for tests of the analysis, the figures and the report. Nothing was trained.

Every number is drawn from a formula and a random stream named after its trial, so the same call
writes the same bytes. One trial diverges, one fails, some remedies do not apply, one is closed
form, as in a real run.
"""

import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random

from seqbench.records import IDENTITY, TABLES, Row, write
from tests.helpers.facts import (
    ACTS_AT,
    BIRTH_RATES,
    CELL_RATES,
    CELLS,
    FACTORS,
    FACTS,
    FURTHER,
    HELP,
    LAGS,
    LENGTHS,
    PRESENT_HELPS,
    REAL,
    RECORDED,
    SEARCHED,
    SHOWN,
    TALENT,
    UNTRAINED,
)


def write_results(
    folder: Path,
    *,
    tasks: Sequence[str] = tuple(FACTS),
    cells: Sequence[str] = CELLS,
    remedies: Sequence[str] = tuple(ACTS_AT),
    seeds: Iterable[int] = (0, 1, 2),
    learning_rates: Sequence[float] = (0.01, 0.1, 0.5),
) -> list[tuple[str, str]]:
    """Write the files of every (task, cell) job under `folder`; returns the jobs."""
    jobs = [(task, cell) for task in tasks for cell in cells]
    for task, cell in jobs:
        tables: dict[str, list[Row]] = {name: [] for name in TABLES}
        for remedy in remedies:
            _remedy_rows(tables, task, cell, remedy, tuple(seeds), learning_rates)
        for table, rows in tables.items():
            write(folder / table / task / f"{cell}.parquet", table, rows)
    for task, cell in jobs[: SEARCHED * len(cells)]:
        found = [row for name in remedies for row in _search(task, cell, name, tuple(seeds))]
        write(folder / "reach" / task / f"{cell}.parquet", "reach", found)
    births = [name for name in remedies if ACTS_AT.get(name, "-") in ("", "initialize")]
    made = [(cell, birth) for cell in cells for birth in births]
    write(folder / "cards.parquet", "cards", [_card(*pair) for pair in made])
    proved = {"claim": "T1", "case": "a made-up number", "value": 0.5, "low": 0.0, "high": 1.0}
    write(folder / "theorems.parquet", "theorems", [proved])
    spread = [row for pair in made for row in _propagation(*pair)]
    write(folder / "propagation.parquet", "propagation", spread)
    compared = [row for cell in cells for row in _estimates(cell)]
    write(folder / "estimates.parquet", "estimates", compared)
    names = ("cell", "remedy", "lag")
    timed = [
        {name: row[name] for name in names} | {"seconds": 1e-4} for row in compared if "lag" in row
    ]
    write(folder / "estimate_costs.parquet", "estimate_costs", timed)
    return jobs


def _estimates(cell: str) -> list[Row]:
    """Made up, whatever was trained: one exact, one noisy and one cut after 5 steps."""
    named = {"cell": cell, "hidden": 16}
    if cell == "memoryless":
        reason = "The cell has no memory, so there is nothing to cut."
        return [named | {"remedy": "truncate", "acts_at": "carry", "reason": reason}]
    rows = []
    for lag in (lag for lag in LAGS if 0 < lag <= 32):
        at = named | {"lag": lag, "pairs": 4, "draws": 1, "kept": 16.0 * (lag + 1), "cosine": 1.0}
        at |= {"bias": 0.0, "bias_error": 0.0, "spread": 0.0, "reason": ""}
        cut = {"bias": 0.2 if lag > 4 else 0.0, "cosine": 0.95, "kept": 80.0}
        noisy = {"draws": 64, "bias": 0.3, "bias_error": 0.25, "spread": 2.0, "cosine": 0.4}
        rows += [
            at | {"remedy": "none", "acts_at": ""},
            at | {"remedy": "rtrl", "acts_at": "estimate", "bias": 1e-15, "kept": 4864.0},
            at | {"remedy": "truncate", "acts_at": "carry"} | cut,
            at | {"remedy": "uoro", "acts_at": "estimate", "kept": 320.0} | noisy,
        ]
    return rows


def _card(cell: str, remedy: str) -> Row:
    """Made up: the gradient changes by the same factor at every step."""
    named = {"cell": cell, "remedy": remedy, "hidden": 32}
    if reason := _objection(cell, remedy):
        return named | {"reason": reason}
    rate = CELL_RATES.get(cell, 0.99) * BIRTH_RATES.get(remedy, 1.0)
    slope = math.log(rate) if rate else None
    kind = "vanishing" if rate < 0.95 else "exploding" if rate > 1.05 else "preserved"
    return named | {
        "draws": 20,
        "inputs": 10,
        "lags": LAGS[-1],
        "exponent": slope,
        "exponent_low": None if slope is None else slope - 0.02,
        "exponent_high": None if slope is None else slope + 0.02,
        "half_life": 0.0 if slope is None else math.log(0.5) / slope if slope < 0 else None,
        "doubling": math.log(2) / slope if slope and slope > 0 else None,
        "flow": kind,
        "radius": None if cell == "memoryless" else rate,
        "newton_128": 1 if slope is None else 3 if rate < 1 else 65,
        "newton_1024": None if cell == "lstm" else 1 if slope is None else 4,
        "reason": "",
    }


def _propagation(cell: str, remedy: str) -> list[Row]:
    if _objection(cell, remedy):
        return []
    rate = CELL_RATES.get(cell, 0.99) * BIRTH_RATES.get(remedy, 1.0)
    rows = []
    for lag in LAGS:
        norm, width = rate**lag, math.exp(0.02 * lag)
        row = {"cell": cell, "remedy": remedy, "lag": lag, "norm": norm}
        row |= {"norm_low": norm / width, "norm_high": norm * width}
        names = ("singular_max", "singular_median", "singular_min")
        sizes = (norm * 1.5, norm * 0.3**lag, norm * 0.1**lag)
        rows.append(row | (dict(zip(names, sizes, strict=True)) if lag else {}))
    return rows


def _search(task: str, cell: str, remedy: str, seeds: tuple[int, ...]) -> list[Row]:
    """Made up: a seed solves lengths up to a random one, and half of that many times longer."""
    base: dict[str, object] = {"task": task, "cell": cell, "remedy": remedy, "hidden": 32}
    base |= {
        "setting": "",
        "stage": "both",
        "updates": 1000,
        "chosen": True,
        "factor": 1.0,
        "length": LENGTHS[0],
        "lag": 9,
    }
    if reason := _objection(cell, remedy):
        return [base | {"status": "not_applicable", "reason": reason}]
    rows: list[Row] = []
    talent = TALENT.get(cell, 0.95) + HELP.get(remedy, 0.0)
    ends = [12 * 20**talent * Random(_fingerprint(task, cell, remedy, s)).random() for s in seeds]
    for length in LENGTHS:
        solved = [length <= end for end in ends]
        for seed, end in zip(seeds, ends, strict=True):
            own = base | {"length": length, "lag": length - 1, "seed": seed, "status": "ok"}
            for factor in FACTORS:
                good = length <= end and factor * length <= 2 * end
                skill = 0.99 if good else 0.3
                own |= {"factor": factor, "solved": good, "test_skill": skill}
                rows.append(own | {"learning_rate": 0.1, "valid_score": skill, "reason": ""})
        if 5 * sum(solved) < 4 * len(seeds):
            break
    return rows


def _remedy_rows(
    tables: dict[str, list[Row]],
    task: str,
    cell: str,
    remedy: str,
    seeds: tuple[int, ...],
    rates: Sequence[float],
) -> None:
    base = _constants(task, cell, remedy)
    if reason := _objection(cell, remedy):
        tables["trials"].append(base | {"status": "not_applicable", "reason": reason})
        return
    solved_form = "solve" in ACTS_AT.get(remedy, "")
    for rate in (None,) if solved_form else tuple(rates):
        for seed in seeds:
            identity = base | {
                "seed": seed,
                "learning_rate": rate,
                "stage": "both",
                "fingerprint": _fingerprint(task, cell, remedy, seed, rate),
            }
            last = seed == seeds[-1] and rate == rates[-1]
            if (task, cell, remedy) == ("copy", "jordan", "clip_value") and last:
                reason = "RuntimeError: made-up failure for tests."
                tables["trials"].append(identity | {"status": "failed", "reason": reason})
                continue
            _trial_rows(tables, identity, diverges=last and (cell, remedy) == ("rnn", "none"))


def _fingerprint(*names: object) -> str:
    return f"{Random(repr(names)).getrandbits(256):064x}"


def _constants(task: str, cell: str, remedy: str) -> dict[str, object]:
    shape, lag, metric, larger, chance, pass_mark, perfect = (FACTS | REAL).get(
        task, FACTS["adding"]
    )
    return {
        "task": task,
        "cell": cell,
        "remedy": remedy,
        "setting": "",
        "hidden": 32,
        "match": "units",
        "batch": 32,
        "updates": 1000,
        "optimizer": "sgd",
        "layers": 1,
        "bidirectional": False,
        "dropout": 0.0,
        "train_n": 6000 if task in RECORDED else None,
        "valid_n": 500,
        "test_n": 1000,
        "knobs": json.dumps({"task": {}, "cell": {}, "remedy": {}}),
        "acts_at": ACTS_AT.get(remedy, "transform"),
        "io_shape": shape,
        "lag": lag,
        "past_only": task not in PRESENT_HELPS,
        "metric": metric,
        "larger_is_better": larger,
        "chance": chance,
        "pass_mark": pass_mark,
        "perfect": perfect,
        "data_sha256": "5eed" * 16 if task in RECORDED else "",
        "state_numbers": 64 if cell.startswith("lstm") else 32,
        "parameters": (weights := {"l": 4, "g": 3}.get(cell[0], 1) * 32 * 34 + 33),
        "trained": 33 if "ridge_readout" in remedy else weights,
        "memory_bytes": 16 * weights + 4 * 32 * 32 * (lag + 1),
    }


def _objection(cell: str, remedy: str) -> str | None:
    if remedy == "forget_bias" and cell in ("memoryless", "jordan", "rnn"):
        return "the cell has no forget gate"
    if cell == "memoryless" and ACTS_AT.get(remedy, "").startswith("initialize"):
        return "the cell has no recurrent matrix"
    if cell == "jordan" and "ridge_readout" in remedy:
        return "the loop leaves the readout, which is solved only after the run"
    return None


def _skill(row: Row, random: Random) -> float:
    """Made up: talent of the cell, help of the remedy, best at the middle learning rate."""
    cell, remedy, rate = str(row["cell"]), str(row["remedy"]), row["learning_rate"]
    talent = TALENT.get(cell, 0.95)
    if row["io_shape"] == "one_to_one":
        talent = 0.9
    elif talent and cell not in ("gru", "gru_reset_after"):
        talent += HELP.get(remedy, 0.0) * (1 - talent)
    talent *= UNTRAINED if remedy == "freeze_recurrent" else 1
    off = abs(math.log10(float(str(rate)) / 0.1)) if rate else 0.0  # decades from the best one
    return min(max(talent * (1 - 0.25 * off), 0.0) + random.gauss(0, 0.03), 1.0)


def _trial_rows(tables: dict[str, list[Row]], identity: dict[str, object], diverges: bool) -> None:
    random = Random(str(identity["fingerprint"]))
    skill = _skill(identity, random)
    wild = identity["cell"] in ("rnn", "jordan") and identity["learning_rate"] == 0.5
    peak = random.uniform(50, 400) if wild else random.uniform(1, 4)
    scores = _scores(identity, skill, -0.5 if diverges else skill)
    steps = random.randrange(200, 900, 50) if scores["solved"] else None
    ended = {"status": "ok", "reason": "", "stopped_at": steps or 1000, "steps_to_solve": steps}
    if diverges:
        words = "diverged at step 412: the loss is not finite."
        ended |= {"status": "diverged", "reason": words, "stopped_at": 412}
    numbers = _gradients(identity, wild, peak, random) | _parallel(identity)
    tables["trials"].append(identity | scores | ended | numbers)
    key = {name: identity[name] for name in IDENTITY}
    last = 412 if diverges else 1000
    tables["curves"] += _curve(key, skill, peak if wild else 1.5, last, random)
    tables["flow"] += _flow(key, int(str(identity["lag"])), random)
    for name in FURTHER.get(str(identity["task"]), ()):
        measured = {"step": last, "split": "test", "quantity": name, "value": 0.3 + 0.1 * skill}
        tables["curves"].append(key | measured)
    for item in range(SHOWN):
        piece = sample(str(identity["task"]), str(identity["cell"]), item)
        tables["samples"].append(key | {"item": item, "sample": json.dumps(piece)})
    tables["costs"].append(key | _cost(str(identity["cell"]), random))


def sample(task: str, cell: str, item: int) -> dict[str, object]:
    """Made-up words, strokes or notes, as `seqbench.task.Sample` has them: item is in the answer.

    A good cell is close to the reference.
    """
    random, good = Random(f"{task} {item}"), TALENT.get(cell, 0.95)
    off = [random.gauss(0, 0.15 * (1 - good)) for _ in range(20)]
    text = {"kind": "text", "given": "", "image": None}
    if task == "omniglot_strokes":
        path = [(0.5 + 0.35 * math.cos(k / 3 + item), 0.1 + 0.04 * k, k != 9) for k in range(20)]
        said = [(x + d, y - d, float(down)) for (x, y, down), d in zip(path, off, strict=True)]
        rows = [[float(abs(x - y - item) > 1) for x in range(15)] for y in range(15)]
        return {"kind": "strokes", "said": said, "wanted": path, "given": "", "image": rows}
    if task == "jsb_chorales":
        tune = [
            [40 + 4 * part + (k // 4 * part + item) % 7 for part in range(4)] for k in range(64)
        ]
        heard = [[key + (good < 0.9 and k % 3 == 0) for key in keys] for k, keys in enumerate(tune)]
        return {"kind": "roll", "said": heard, "wanted": tune, "given": "", "image": None}
    if task == "emoji_names":
        rows = [[[x / 16, y / 16, (item % 3) / 2] for x in range(16)] for y in range(16)]
        name = f"smiling face number {item}"
        return text | {"said": name if good > 0.9 else "face", "wanted": name, "image": rows}
    if task == "multi30k_de_en":
        said = "a dog sleeps ." if good > 0.9 else "a man is a man ."
        return text | {"said": said, "wanted": "a dog is sleeping .", "given": "ein hund schläft ."}
    lines = f'a, "b"{item}\nO, good my lord, {cell} speaks:\n  to be'
    return text | {"said": lines, "wanted": None if task == "shakespeare_chars" else "ab"}


def _scores(identity: dict[str, object], skill: float, final: float) -> dict[str, object]:
    chance, perfect = float(str(identity["chance"])), float(str(identity["perfect"]))
    skills = {"valid": skill, "final_valid": final, "test": skill - 0.01}
    scores = {name: chance + value * (perfect - chance) for name, value in skills.items()}
    passed = (scores["test"] >= float(str(identity["pass_mark"]))) == identity["larger_is_better"]
    return {
        "solved": passed,
        **{f"{name}_skill": value for name, value in skills.items()},
        **{f"{name}_score": value for name, value in scores.items()},
    }


def _gradients(
    identity: dict[str, object], wild: bool, peak: float, random: Random
) -> dict[str, object]:
    clipped = "clip" in str(identity["remedy"])
    return {
        "grad_norm_median": 0.8,
        "grad_norm_max": peak,
        "explosions": random.uniform(0.02, 0.1) if wild else 0.0,
        "altered": random.uniform(0.1, 0.4) if clipped else 0.0,
        "events": random.randrange(4) if wild and not clipped else 0,
        "lost": 0,
        "radius_start": 1.0,
        "radius_end": random.uniform(0.9, 1.6),
    }


def _parallel(identity: dict[str, object]) -> dict[str, object]:
    """Made up: as on the card, but training has brought the gradient closer to staying as it is."""
    cell, remedy = str(identity["cell"]), str(identity["remedy"])
    card = _card(cell, remedy)
    if ACTS_AT.get(remedy, "transform") not in ("", "initialize") or card.get("reason"):
        return {}
    slope = card["exponent"]
    return {
        "exponent_end": None if slope is None else 0.5 * float(str(slope)),
        "newton_128_end": card["newton_128"],
        "newton_1024_end": card["newton_1024"],
    }


def _cost(cell: str, random: Random) -> dict[str, object]:
    return {
        "wall_seconds": random.uniform(1, 3) * (2 if "gru" in cell else 1),
        "cpu_seconds": random.uniform(1, 3),
        "peak_bytes": 450_000_000,
        "stack": 9,
        "engine": "stack",
        "device": "cpu",
        "machine": "made-up processor, AVX2",
        "torch": "0.0",
    }


def _curve(
    key: dict[str, object], skill: float, peak: float, last: int, random: Random
) -> list[Row]:
    rows: list[Row] = []
    for step in range(0, last + 1, 100):
        value = skill / (1 + math.exp(-(step - 400) / 80)) + random.gauss(0, 0.01)
        norm = math.exp(random.uniform(math.log(0.3), math.log(peak)))
        rows.append(
            key | {"step": step, "split": "valid", "quantity": "skill", "value": min(value, 1.0)}
        )
        rows.append(
            key | {"step": step, "split": "train", "quantity": "loss", "value": 1.0 - value}
        )
        rows.append(
            key | {"step": step, "split": "train", "quantity": "grad_norm_max", "value": norm}
        )
    return rows


def _flow(key: dict[str, object], lag: int, random: Random) -> list[Row]:
    rate = CELL_RATES.get(str(key["cell"]), 0.99) * BIRTH_RATES.get(str(key["remedy"]), 1.0)
    rate *= random.uniform(0.99, 1.01)
    return [
        key | {"step": step, "lag": k, "norm": 0.1 * (rate * growth) ** k}
        for step, growth in ((0, 1.0), (1000, 1.02))
        for k in range(lag + 1)
    ]
