"""What a matrix asks of every job of a run, as checksums to compare with its manifest."""

from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from seqbench import manifest
from seqbench.files import sha256
from seqbench.manifest import Wanted
from seqbench.matrix import Matrix

STEPS = ("collect", "analyze", "draw", "report")  # each reads what those before it made
TORCH = f" torch {version('torch')}"  # another one may give other numbers


def of_training(matrix: Matrix, task: str, cell: str) -> Wanted:
    """Of the training of a (task, cell).

    Raises:
        InputError: the matrix has no such job.
    """
    return _training(matrix, task, cell, matrix.data(task))


def _training(matrix: Matrix, task: str, cell: str, data: str) -> Wanted:
    digest = matrix.job(task, cell).digest
    return Wanted(f"train/{task}/{cell}", digest, matrix.code(task, cell) + data + TORCH)


def of_search(matrix: Matrix, task: str, cell: str) -> Wanted:
    """Of the search for the longest lag.

    Raises:
        InputError: the matrix has no such search.
    """
    digest = matrix.reach_job(task, cell).digest
    code = matrix.reach_code(task, cell) + matrix.reach_data(task) + TORCH
    return Wanted(f"reach/{task}/{cell}", digest, code)


def of_initialization(matrix: Matrix) -> Wanted:
    """Of what needs no training."""
    code = matrix.initialization_code + TORCH
    return Wanted("initialization", matrix.initialization_digest, code)


def before_collecting(matrix: Matrix) -> Iterator[Wanted]:
    """Of every job whose tables are collected."""
    jobs = [*matrix.jobs()]
    data = {task: matrix.data(task) for task in dict.fromkeys(task for task, _ in jobs)}
    for task, cell in jobs:
        yield _training(matrix, task, cell, data[task])
    for task, cell in matrix.reach_jobs():
        yield of_search(matrix, task, cell)
    yield of_initialization(matrix)


def of_step(matrix: Matrix, step: str) -> Wanted:
    """Of what collect, analyze, draw or report would make now.

    They read what the jobs, or the steps before them, made, whose manifests hold its checksums.
    """
    jobs, results = sorted(before_collecting(matrix), key=str), Path(matrix.results)
    if step == "collect":
        read = [
            manifest.content(results, job)
            for job in jobs
            if not manifest.due(results, job, again=False)
        ]
    else:
        read = [manifest.content(results, Wanted(s, "", "")) for s in STEPS[: STEPS.index(step)]]
    asked = "\n".join(map(str, [*jobs, matrix.design]))
    return Wanted(step, sha256(asked.encode()), sha256(b"\n".join(read)))
