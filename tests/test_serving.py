"""Jobs as children of a server: what a command does by itself, and no process is left behind."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from seqbench import serving
from tests.helpers.processes import until

HOME = Path(serving.__file__).parents[1]
SMOKE = HOME / "workflow/config/smoke.yaml"
JOB = ["train", "--config", str(SMOKE), "--task", "adding", "--cell", "rnn"]
SLOW = ["train", "--config", str(HOME / "workflow/config/default.yaml"), *JOB[3:]]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="servers are for Linux")

# a driver: a server, and then what it is told, line by line, until its input ends
DRIVER = """
import os, sys
from seqbench import serving
serving.start()
print(os.environ[serving.VARIABLE], flush=True)
sys.stdin.read()
"""


@contextmanager
def driving(home: Path) -> Iterator[subprocess.Popen[str]]:
    """A driver that runs the project in this folder."""
    environment = os.environ | {"PYTHONPATH": str(home)}
    command = [sys.executable, "-c", DRIVER]
    with subprocess.Popen(
        command, cwd=home, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        yield process
        process.kill()


@pytest.fixture
def driver() -> Iterator[subprocess.Popen[str]]:
    with driving(HOME) as process:
        yield process


def own_children(pid: int) -> list[int]:
    """The living processes that one has started."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(folder.name))
    return found


def children(pid: int) -> list[int]:
    """These and all below them."""
    own = own_children(pid)
    return [*own, *(below for child in own for below in children(child))]


def address_of(driver: subprocess.Popen[str]) -> str:
    assert driver.stdout
    address = driver.stdout.readline().strip()
    ears = Path("/proc/net/unix")
    assert until(lambda: address in ears.read_text()), "the server does not listen"
    return address


def command(folder: Path, address: str, *words: str) -> subprocess.Popen[str]:
    """A command that asks a server; nobody: an address at which none is."""
    variables = {"PYTHONPATH": str(HOME), serving.VARIABLE: address}
    return subprocess.Popen(
        [sys.executable, "-m", "seqbench", *words], cwd=folder, env=os.environ | variables,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def has_a_child(process: subprocess.Popen[str]) -> bool:
    """Whether it works in a child of its own, and not by a server."""
    until(lambda: len(children(process.pid)) > 0 or process.poll() is not None)
    return process.poll() is None


def test_a_server_does_what_the_command_does(tmp_path: Path, driver: subprocess.Popen[str]) -> None:
    address, ends, tables = address_of(driver), [], []
    for name, where in (("served", address), ("alone", "nobody")):
        folder = tmp_path / name
        folder.mkdir()
        process = command(folder, where, *JOB)
        assert has_a_child(process) == (name == "alone")
        said = process.communicate()[1]
        ends.append((said.rpartition(": ")[2], "done in" in said, process.returncode))
        tables.append(pq.read_table(folder / "results/smoke/trials/adding/rnn.parquet"))
    assert ends[0] == ends[1] == ("8 ok, 1 not_applicable\n", True, 0)
    assert tables[0].equals(tables[1])
    refused = command(tmp_path, address, *JOB[:-1], "nobody")
    assert "no 'nobody'" in refused.communicate()[1] and refused.returncode == 2


def test_a_killed_command_takes_its_job_along(
    tmp_path: Path, driver: subprocess.Popen[str]
) -> None:
    process = command(tmp_path, address_of(driver), *SLOW)
    (server,) = own_children(driver.pid)
    assert until(lambda: len(children(server)) == 2), "a job and its supervisor"
    process.kill()
    process.communicate()
    assert until(lambda: not children(server))
    os.kill(server, 0)  # and the server goes on


def test_a_killed_job_ends_its_command_by_the_same_signal(
    tmp_path: Path, driver: subprocess.Popen[str]
) -> None:
    process = command(tmp_path, address_of(driver), *SLOW)
    (server,) = own_children(driver.pid)
    assert until(lambda: len(children(server)) == 2)
    (supervisor,) = own_children(server)
    os.kill(supervisor, signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL


def test_a_server_ends_with_its_driver_and_the_command_does_it_alone(
    tmp_path: Path, driver: subprocess.Popen[str]
) -> None:
    process = command(tmp_path, address_of(driver), *JOB)
    (server,) = own_children(driver.pid)
    assert until(lambda: len(children(server)) == 2)
    driver.kill()
    driver.wait()
    assert until(lambda: not Path(f"/proc/{server}/cmdline").exists())
    assert "done in" in process.communicate()[1] and process.returncode == 0


def test_a_server_of_older_code_is_not_used(project: Path) -> None:
    with driving(project) as driver:
        address = address_of(driver)
        assert serving.asked(address, ["status", "--help"]) == 0
        (project / "seqbench/serving.py").touch()
        assert serving.asked(address, ["status", "--help"]) is None


def queued(address: str) -> bool:
    """Whether somebody is at the door of a server."""
    return Path("/proc/net/unix").read_text().count(address) > 1


@pytest.fixture
def held(driver: subprocess.Popen[str]) -> tuple[str, int]:
    """The address and the process of a server that was stopped before it could import torch."""
    address = address_of(driver)
    (server,) = own_children(driver.pid)
    os.kill(server, signal.SIGSTOP)
    return address, server


def test_who_comes_before_the_server_is_ready_waits(tmp_path: Path, held: tuple[str, int]) -> None:
    address, server = held
    process = command(tmp_path, address, *JOB)
    assert until(lambda: queued(address)) and not children(process.pid)
    os.kill(server, signal.SIGCONT)
    assert not has_a_child(process)
    assert "done in" in process.communicate()[1] and process.returncode == 0


def test_who_waits_for_a_server_that_dies_does_it_alone(
    tmp_path: Path, held: tuple[str, int]
) -> None:
    address, server = held
    process = command(tmp_path, address, *JOB)
    assert until(lambda: queued(address))
    os.kill(server, signal.SIGKILL)
    assert has_a_child(process)
    assert "done in" in process.communicate()[1] and process.returncode == 0


# a server whose jobs say what they know, have a child of their own, and never end
WAITING = """
import json, os, signal, socket, subprocess, sys
from seqbench import serving

def run(words):
    child = subprocess.Popen(["sleep", "1000"])
    print(json.dumps([os.getpid(), child.pid, {**os.environ}]), flush=True)
    signal.pause()

serving.HEAVY = ()
ear = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
ear.bind("\\0" + sys.argv[1])
ear.listen(8)
serving.serve(ear.detach(), os.getppid(), run, [])
"""
ASKING = "import sys; from seqbench import serving; print(serving.asked(sys.argv[1], []))"


def gone(pid: int) -> bool:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return True
    return fields[0] == "Z"


@pytest.mark.parametrize("who", ["client", "server"])
def test_whoever_is_killed_nothing_goes_on(who: str, tmp_path: Path) -> None:
    """And a job knows the variables of its command, and none of the server's."""
    address, common = f"test-{tmp_path.name}-{os.getpid()}", {"PYTHONPATH": str(HOME)}
    code = [sys.executable, "-c"]
    with subprocess.Popen(
        [*code, WAITING, address], env=os.environ | common | {"OF": "x"}
    ) as server:
        assert until(lambda: address in Path("/proc/net/unix").read_text())
        with subprocess.Popen(
            [*code, ASKING, address], env=os.environ | common | {"ITS": "own"},
            stdout=subprocess.PIPE, text=True,
        ) as client:  # fmt: skip
            assert client.stdout
            job, below, variables = json.loads(client.stdout.readline())
            try:
                assert variables["ITS"] == "own" and "OF" not in variables
                assert not gone(job) and not gone(below)
                os.kill(server.pid if who == "server" else client.pid, signal.SIGKILL)
                assert until(lambda: gone(job)) and (who == "server" or until(lambda: gone(below)))
            finally:
                for left in (job, below):
                    if not gone(left):
                        os.kill(left, signal.SIGKILL)
            assert who == "client" or client.stdout.read() == "None\n", "it does it itself"
        server.kill()
