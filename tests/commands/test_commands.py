"""A command is one file: it stands in --help, and it runs."""

import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from seqbench.__main__ import main, parser
from seqbench.commands import ORDER, Command, commands

COMMANDS = {command.name: command for command in commands()}
ADDED = '''"""Count the cells whose names contain a word."""

from argparse import ArgumentParser, Namespace

from seqbench import registry
from seqbench.errors import InputError

EXAMPLE = "lstm"


def options(parser: ArgumentParser) -> None:
    """Which word."""
    parser.add_argument("word")


def run(options: Namespace) -> int:
    """Print the number; 1 where there is none."""
    if not options.word.isalpha():
        raise InputError("count: no word. Allowed: letters. Choose another.")
    number = sum(options.word in name for name in registry.names("cells"))
    print(number)
    return int(number == 0)
'''


def test_a_file_is_a_command(
    project: Path, run: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    (project / "seqbench/commands/count.py").write_text(ADDED)
    (project / "seqbench/commands/_helper.py").write_text("raise SystemExit('imported')\n")
    listed = run("seqbench", "--help").stdout.split("  count ")
    assert len(listed) == 2 and listed[1].split()[:2] == ["Count", "the"]
    counted = run("seqbench", "count", "memoryless")
    assert (counted.returncode, counted.stdout) == (0, "1\n")
    assert run("seqbench", "count", "nothing").returncode == 1
    refused = run("seqbench", "count", "1")
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "example: python -m seqbench count lstm" in run("seqbench", "count", "--help").stdout


def test_help_has_every_command_in_its_order(capsys: pytest.CaptureFixture[str]) -> None:
    assert tuple(COMMANDS) == ORDER
    with pytest.raises(SystemExit):
        main(["--help"])
    words = " ".join(capsys.readouterr().out.split())
    places = [words.index(f"{name} {command.summary}") for name, command in COMMANDS.items()]
    assert places == sorted(places)


@pytest.mark.parametrize("command", COMMANDS.values(), ids=list(COMMANDS))
def test_an_example_is_a_call_that_is_understood(command: Command) -> None:
    words = shlex.split(command.example.partition(">")[0])
    assert parser().parse_args([command.name, *words]).command == command
    assert command.summary.endswith(".")


def test_help_imports_nothing_slow() -> None:
    code = (
        "import sys\nfrom seqbench.__main__ import parser\nparser()\n"
        "print(*sorted({'torch', 'pandas', 'pydantic', 'numpy'} & sys.modules.keys()))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "\n"
