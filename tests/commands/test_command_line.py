"""The command line: fast where it lists, one line where it refuses."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from seqbench import __version__, matrix, registry
from seqbench.__main__ import main
from seqbench.commands import commands
from tests.helpers.places import HOME

SMOKE = "workflow/config/smoke.yaml"


@pytest.fixture(autouse=True)
def _at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HOME)


def seqbench(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "seqbench", *words], capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("kind", ["cells", "remedies", "tasks"])
def test_list_names_what_the_registry_finds(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", kind]) == 0
    assert capsys.readouterr().out.split() == list(registry.names(kind))


def test_list_answers_in_three_tenths_of_a_second() -> None:
    times = []
    for _ in range(5):
        before = os.times()  # the processor's: the clock's are those of a busy machine
        assert seqbench("list", "cells").returncode == 0
        after = os.times()
        times.append(sum(after[2:4]) - sum(before[2:4]))
    assert min(times) < 0.3, f"best of five: {min(times):.2f} s"


@pytest.mark.parametrize("words", [["list", "--long"], ["schema"]])
def test_what_only_reads_sources_never_imports_torch(words: list[str]) -> None:
    code = (
        "import sys\nfrom seqbench.__main__ import main\n"
        f"main({words!r})\nsys.exit('torch' in sys.modules or 'pandas' in sys.modules)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


def test_json_describes_every_variant(capsys: pytest.CaptureFixture[str]) -> None:
    main(["list", "--json"])
    found = json.loads(capsys.readouterr().out)
    names = {(card["kind"], card["name"]) for card in found}
    kinds = ("cells", "remedies", "tasks")
    assert names == {(kind, name) for kind in kinds for name in registry.names(kind)}
    assert all(card["title"] and card["sources"] for card in found)


def test_check_counts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--config", SMOKE]) == 0
    found = matrix.read(Path(SMOKE))
    jobs = len(found.tasks) * len(found.cells)
    trials = jobs * len(found.remedies) * len(found.seeds) * len(found.train.learning_rates)
    said = f"{jobs} jobs, at most {trials} trials, 2 searches for the longest lag"
    counted, undecided = capsys.readouterr().out.splitlines()
    assert counted == f"{SMOKE}: {said}"
    assert undecided.startswith(
        f"{SMOKE}: no comparison of a remedy with `none` can be significant"
    )


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("check", "--config", "nowhere.yaml"), "nowhere.yaml: cannot be read"),
        (("train", "--config", SMOKE, "--task", "ading", "--cell", "rnn"), "'adding'"),
        (("train", "--config", SMOKE, "--task", "adding", "--cell", "rrn"), "'rnn'"),
        (("reach", "--config", SMOKE, "--task", "ading", "--cell", "rnn"), "'adding'"),
        (("reach", "--config", SMOKE, "--task", "adding", "--cell", "memoryless"), "lstm"),
    ],
)
def test_bad_input_is_one_line_and_code_2(words: tuple[str, ...], says: str) -> None:
    ended = seqbench(*words)
    assert ended.returncode == 2
    assert says in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_every_command_has_help_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    for command in commands():
        with pytest.raises(SystemExit) as ended:
            main([command.name, "--help"])
        assert ended.value.code == 0
        assert "example: python -m seqbench" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"seqbench {__version__}\n"


def test_the_schema_in_the_repository_is_the_one_of_the_code() -> None:
    kept = HOME / "workflow" / "schemas" / "matrix.schema.json"
    again = "Run: python -m seqbench schema > workflow/schemas/matrix.schema.json"
    assert kept.read_text() == matrix.json_schema(), again


def test_a_reader_that_leaves_early_is_no_error() -> None:
    ended = subprocess.run(
        f"{sys.executable} -m seqbench list --json | head -1", shell=True, capture_output=True
    )
    assert ended.stderr == b""


HASHED = """\
from types import SimpleNamespace as Made

from seqbench import __main__ as line

command = Made(computes=True, run=lambda options: print(hash("text"), *{"one", "two", "three"}))
line.parser = lambda: Made(parse_args=lambda words: Made(command=command))
line.main()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no process is started again")
def test_texts_have_the_same_hash_in_every_process_that_computes() -> None:
    said = {
        subprocess.run(
            [sys.executable, "-c", HASHED], capture_output=True, text=True, check=True,
            env=os.environ | {"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2", "random")
    }  # fmt: skip
    assert len(said) == 1


INTERRUPTING = """
import os, signal, sys

class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == os.environ["INTERRUPTED_AT"]:
            signal.raise_signal(signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored behind a shell's `&`
sys.meta_path.insert(0, Interrupt())
"""


@pytest.mark.parametrize(
    "module", ["argparse", "seqbench.watchdog", "seqbench.commands.train", "seqbench.registry"]
)
def test_an_interrupt_while_python_imports_is_silent(tmp_path: Path, module: str) -> None:
    (tmp_path / "sitecustomize.py").write_text(INTERRUPTING)
    path = os.pathsep.join([str(tmp_path), str(HOME)])
    ended = subprocess.run(
        [sys.executable, "-m", "seqbench", "list"],
        env=os.environ | {"PYTHONPATH": path, "INTERRUPTED_AT": module},
        capture_output=True,
        text=True,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")
