"""The command line: everything that the workflow does, a person can do by hand.

Modules are imported inside the command that needs them, so that `list` costs no `import torch`.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from seqbench import __version__, terminal
from seqbench.errors import InputError

KINDS = ("cells", "remedies", "tasks")
FACTS = ("family", "state", "gates", "forget", "admit", "io_shape", "metric")  # listed by --long

# Read by glibc and OpenMP before Python starts. Large blocks stay with the process instead of
# going back to the system after every step; one thread per job, as many jobs as cores.
ENVIRONMENT = {
    "MALLOC_MMAP_THRESHOLD_": "4000000000",
    "MALLOC_TRIM_THRESHOLD_": "8000000000",
    "MALLOC_TOP_PAD_": "64000000",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}


def list_(options: argparse.Namespace) -> None:
    """List cells, remedies and tasks."""
    from seqbench import registry

    kinds = [options.kind] if options.kind else KINDS
    if options.json:
        described = [_described(kind, name) for kind in kinds for name in registry.names(kind)]
        print(json.dumps(described, indent=2, default=str))
        return
    for kind in kinds:
        indent = "" if options.kind else "  "
        if not options.kind:
            print(f"{kind}:")
        for name in registry.names(kind):
            print(indent + name)
            for label, words in _long(kind, name).items() if options.long else ():
                print(*terminal.hung(f"{indent}    {label:8}", words), sep="\n")


def _described(kind: str, name: str) -> dict[str, object]:
    from seqbench import registry

    facts: dict[str, object] = {"kind": kind, "name": name}
    try:
        card = registry.card(kind, name)
    except InputError as error:
        return facts | {"problem": str(error)}
    knobs = {k: {"type": v.annotation, "default": v.default} for k, v in card.knobs.items()}
    facts |= {"title": card.title, "sources": card.sources, "knobs": knobs}
    return facts | {fact: card.facts[fact] for fact in FACTS if fact in card.facts}


def _long(kind: str, name: str) -> dict[str, str]:
    from seqbench import registry

    try:
        card = registry.card(kind, name)
    except InputError as error:
        return {"problem": str(error)}
    facts = {fact: _plain(card.facts.get(fact)) for fact in FACTS}
    knobs = ", ".join(f"{k}: {v.annotation} = {v.default}" for k, v in card.knobs.items())
    lines = {"title": card.title, **facts, "knobs": knobs, "source": ", ".join(card.sources)}
    if kind == "remedies":
        lines |= {"acts at": ", ".join(card.overrides)}
    return {label.replace("io_shape", "shape"): words for label, words in lines.items() if words}


def _plain(fact: object) -> str:
    """A fact as words: gates with a sign as `z +`, several with a comma."""
    if isinstance(fact, dict):
        return ", ".join(f"{gate} {'+' if sign > 0 else '-'}" for gate, sign in fact.items())
    return ", ".join(fact) if isinstance(fact, tuple) else str(fact or "")


def check(options: argparse.Namespace) -> None:
    """Check a matrix."""
    from seqbench import matrix

    found = matrix.read(options.config)
    trials = sum(found.trials(task) for task, _ in found.jobs())
    searches = f", {len(found.reach_jobs())} searches for the longest lag" if found.reach else ""
    print(f"{options.config}: {len(found.jobs())} jobs, at most {trials} trials{searches}")


def schema(options: argparse.Namespace) -> None:
    """Print the JSON schema of a matrix."""
    from seqbench import matrix

    print(matrix.json_schema(), end="")


def data(options: argparse.Namespace) -> int:
    """List, fetch or verify the recorded data, or say where they are."""
    from seqbench.data import command

    names = list(options.names)
    if options.config:
        from seqbench import matrix
        from seqbench.matrix import needs

        names += needs.names(matrix.read(options.config))
        if not names:
            print(f"{options.config}: needs no recorded data")
            return 0
    if options.action == "list":
        return command.list_(names)
    if options.action == "where":
        return command.where(names)
    if options.action == "verify":
        return 1 if command.verify(names) else 0
    if not names:
        raise InputError(
            "data fetch: no data named. Allowed: names of `python -m seqbench data list`, or "
            "--config MATRIX for all that it needs. Name some."
        )
    return 1 if command.fetch(names, options.mirror, options.offline) else 0


def train(options: argparse.Namespace) -> int:
    """Train all trials of one task and cell; or some of them again, beside the results."""
    from seqbench import matrix

    found = matrix.read(options.config)
    found.job(options.task, options.cell)  # refused in a moment, before torch is imported
    if (options.remedy, options.seed, options.learning_rate) != (None, None, None):
        from seqbench.jobs import again

        chosen = again.Chosen(options.remedy, options.seed, options.learning_rate)
        return 0 if again.again(found, options.task, options.cell, chosen, options.device) else 1
    from seqbench.jobs import run_job

    run_job(found, options.task, options.cell, device=options.device, log=options.log)
    return 0


def reach(options: argparse.Namespace) -> None:
    """Look for the longest lag that one cell solves on a task of the section reach."""
    from seqbench import matrix

    found = matrix.read(options.config)
    found.reach_job(options.task, options.cell)  # refused in a moment, before torch is imported
    from seqbench.jobs.reach import run_reach

    run_reach(found, options.task, options.cell, device=options.device, log=options.log)


def measure(options: argparse.Namespace) -> None:
    """Measure what needs no training: gradients in newborn cells, and what can be proved."""
    from seqbench import matrix, records

    found = matrix.read(options.config)
    from seqbench.claims import analytic
    from seqbench.newborn import tables

    tables.write(found)
    records.write(Path(found.results) / "theorems.parquet", "theorems", analytic.theorems())


def flow(options: argparse.Namespace) -> None:
    """Show how far back a newborn cell's gradient reaches."""
    from seqbench.newborn import command

    names = options.cell, options.remedy
    card = command.card(*names, options.hidden, options.lags, options.config)
    from seqbench.newborn import drawing

    print(drawing.text(card, *names, plain=not drawing.unicode_in(sys.stdout)))
    if options.out:
        from seqbench.figures.drawing import card as _card

        _card.save(options.out, card.row(*names), card.rows(*names))


def collect(options: argparse.Namespace) -> None:
    """Put the results of all jobs into tables."""
    from seqbench import matrix
    from seqbench.analysis.tidy import collect

    found = matrix.read(options.config)
    collect(Path(found.results), found.jobs(), found.reach_jobs())


def analyze(options: argparse.Namespace) -> None:
    """Summarize and compare the collected trials."""
    from seqbench import matrix, results

    results.analyze(Path(matrix.read(options.config).results))


def draw(options: argparse.Namespace) -> None:
    """Draw the figures."""
    from seqbench import figures, matrix

    figures.draw_all(Path(matrix.read(options.config).results))


def report(options: argparse.Namespace) -> None:
    """Write the report as HTML and PDF."""
    from seqbench import matrix, report

    found = matrix.read(options.config)
    report.build(options.config, Path(found.results), Path(found.report))


def claims(options: argparse.Namespace) -> None:
    """List the published claims, or the verdicts of a run on them."""
    from seqbench.claims import command

    results = None
    if options.config:
        from seqbench import matrix

        results = Path(matrix.read(options.config).results)
    if options.json:
        print(command.as_json(results, options.id))
    elif options.id:
        print(*command.one(options.id, results, options.config), sep="\n")
    else:
        print(*(command.table(results) if results else command.listing()), sep="\n")


def compare(options: argparse.Namespace) -> None:
    """Say what changed between two runs, and whether by more than noise."""
    from seqbench import compare
    from seqbench.compare import say
    from seqbench.files import atomic_write

    found = compare.compare(options.old, options.new)
    for line in say.lines(found):
        print(line)
    if options.csv:
        atomic_write(options.csv, found.scores.to_csv(index=False, lineterminator="\n").encode())
    if options.json:
        atomic_write(options.json, say.to_json(found).encode())


def picture(options: argparse.Namespace) -> None:
    """Put the overview of a run into the README."""
    from seqbench import matrix
    from seqbench.report.editions.picture import write

    write(options.config, Path(matrix.read(options.config).results))


def bench(options: argparse.Namespace) -> None:
    """Measure how fast this machine trains, beside other libraries."""
    from seqbench.benchmarks.session import run

    run(quick=options.quick, out=options.out, wish=options.device, inductor=options.inductor)


SMOKE = "--config workflow/config/smoke.yaml"
COMMANDS = {
    list_: "cells --long",
    check: SMOKE,
    schema: "> workflow/schemas/matrix.schema.json",
    data: "fetch ptb --mirror DIR",
    train: f"{SMOKE} --task adding --cell lstm",
    reach: f"{SMOKE} --task adding --cell lstm",
    measure: SMOKE,
    flow: "lstm --remedy forget_bias",
    collect: SMOKE,
    analyze: SMOKE,
    draw: SMOKE,
    report: SMOKE,
    claims: f"{SMOKE} --id T5",
    compare: "results/old results",
    picture: "--config workflow/config/default.yaml",
    bench: "--quick",
}


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(
        prog="python -m seqbench",
        description="Every recurrent cell under every remedy against vanishing and exploding "
        "gradients. `snakemake` runs these commands in order. Exit codes: 0 done, 1 data or scores "
        "are not as they should be, 2 bad input (said in a sentence), 130 interrupted.",
        epilog="example: python -m seqbench list --long",
    )
    top.add_argument("--version", action="version", version=f"seqbench {__version__}")
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    made = {}
    for run, example in COMMANDS.items():
        words = run.__doc__ or ""
        name = run.__name__.rstrip("_")
        example = f"example: python -m seqbench {name} {example}"
        made[run] = commands.add_parser(name, help=words, description=words, epilog=example)
        made[run].set_defaults(run=run)
        if run not in (list_, schema, data, flow, bench, claims, compare):
            config = made[run].add_argument("--config", type=Path, required=True)
            config.metavar, config.help = "FILE", "the matrix"
    made[list_].add_argument("kind", nargs="?", choices=KINDS, help="default: all three")
    made[list_].add_argument("--json", action="store_true", help="everything, for machines")
    made[list_].add_argument("--long", action="store_true", help="with title, source and knobs")
    made[data].add_argument("action", choices=("list", "fetch", "verify", "where"))
    made[data].add_argument("names", nargs="*", metavar="NAME", help="default: all but for fetch")
    made[data].add_argument("--config", type=Path, metavar="FILE", help="all that a matrix needs")
    made[data].add_argument(
        "--mirror", default="", metavar="DIR-or-URL", help="fetch from there first"
    )
    made[data].add_argument("--offline", action="store_true", help="no public addresses")
    for run in (train, reach):
        made[run].add_argument("--task", required=True, help="a task of the matrix")
        made[run].add_argument("--cell", required=True, help="a cell of the matrix")
        made[run].add_argument("--log", type=Path, metavar="FILE", help="progress goes here, too")
    again = made[train].add_argument_group(
        "trials again", "trains only these, changes no results, says whether the scores are equal"
    )
    again.add_argument("--remedy", metavar="R", help="a remedy of the matrix")
    again.add_argument("--seed", type=int, metavar="S", help="a seed of the matrix")
    again.add_argument("--learning-rate", type=float, metavar="X", help="one of the matrix")
    made[flow].add_argument("cell", metavar="CELL")
    made[flow].add_argument("--remedy", default="none", metavar="R", help="of the weights at birth")
    made[flow].add_argument("--hidden", type=int, default=32, metavar="H", help="hidden units: 32")
    made[flow].add_argument("--lags", type=int, default=100, metavar="K", help="steps back: 100")
    made[flow].add_argument("--config", type=Path, metavar="FILE", help="a matrix with its knobs")
    made[flow].add_argument("--out", type=Path, metavar="FILE", help="draw it, too: .svg or .png")
    made[bench].add_argument("--quick", action="store_true", help="less than a minute of it")
    made[bench].add_argument("--inductor", action="store_true", help="torch.compile, too; minutes")
    made[bench].add_argument("--out", type=Path, metavar="FILE", help="where the numbers go")
    made[claims].add_argument("--config", type=Path, metavar="FILE", help="a matrix that was run")
    made[claims].add_argument("--id", metavar="ID", help="one claim in full, with its rows")
    made[claims].add_argument("--json", action="store_true", help="everything, for machines")
    made[compare].add_argument("old", type=Path, metavar="OLD", help="a results folder or matrix")
    made[compare].add_argument("new", type=Path, metavar="NEW", help="likewise")
    made[compare].add_argument("--csv", type=Path, metavar="FILE", help="a row per combination")
    made[compare].add_argument("--json", type=Path, metavar="FILE", help="all tables")
    for run in (train, reach, bench):
        made[run].add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; bad input ends in one line and exit code 2."""
    options = parser().parse_args(arguments)
    computing = options.run in (train, reach, measure, flow, bench)
    if arguments is None and computing and sys.platform == "linux":
        if ENVIRONMENT.keys() - os.environ.keys():  # begin again, now with all of it
            os.execve(sys.executable, sys.orig_argv, ENVIRONMENT | os.environ)
    try:
        return options.run(options) or 0
    except InputError as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader has seen enough, e.g. `list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
