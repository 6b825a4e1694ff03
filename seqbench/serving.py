"""Jobs of one run as children of a process that has imported torch already.

    workflow   start()                  a server beside the driver, which ends when the driver does
    a job      asked(address, words)    its command says what it was called with, and waits

A job stays a process of its own: the command that the workflow started lives as long as its job,
ends as it ends, and takes it along when it is killed. Where no server answers (on a node of a
cluster, by hand, after somebody ended it), the command does the work itself. So it does when a file
that the server has read is another one meanwhile: a child would run the old code.
"""

import array
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import NamedTuple, NoReturn
from uuid import uuid4

from seqbench import watchdog

VARIABLE = "SEQBENCH_SERVER"  # the server's address
STREAMS = (0, 1, 2)
RIGHTS = (socket.SOL_SOCKET, socket.SCM_RIGHTS)
MOST = 1 << 20  # bytes of a request
HEAVY = ("seqbench.jobs.reach", "seqbench.initialization.tables", "seqbench.commands.train")
SERVER = """
import sys
from functools import partial
from seqbench import serving, sources
from seqbench.__main__ import main
serving.serve(int(sys.argv[1]), int(sys.argv[2]), partial(main, served=True), sources.read_ahead())
"""
Main = Callable[[list[str]], int]


def start() -> None:
    """A server for the commands that this process will start; it ends when this process does.

    It is asked from now on: who comes before it has imported torch waits, or learns that it ended.
    """
    if sys.platform != "linux":
        return
    address = f"seqbench-{uuid4()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as ear:
        ear.bind(f"\0{address}")
        ear.listen(64)
        subprocess.Popen(
            [sys.executable, "-c", SERVER, str(ear.fileno()), str(os.getpid())],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=[ear.fileno()],
            env=watchdog.ENVIRONMENT | os.environ | watchdog.ALWAYS,
        )
    os.environ[VARIABLE] = address


def asked(address: str, words: Sequence[str]) -> int | None:
    """How a command ended that a server ran; None: nobody has run it.

    A negative code is minus the signal that ended it.
    """
    request = {"words": [*words], "folder": os.getcwd(), "variables": {**os.environ}}
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as line:
        try:
            line.connect(f"\0{address}")
            if not _ours(line):
                return None
            line.sendmsg([json.dumps(request).encode()], [(*RIGHTS, array.array("i", STREAMS))])
            answer = line.recv(64)
        except OSError:
            return None
    return int(answer) if answer else None


def serve(ear: int, driver: int, run: Main, read: Sequence[Path]) -> None:
    """Answer until the driver has ended.

    ear: the number of a socket that listens. run: what a child does with a command's words. read:
    files that children know, besides those that are imported.
    """
    watchdog.die_with(driver)
    for name in HEAVY:
        import_module(name)
    before, work = _known(read), dict[int, socket.socket]()
    with socket.socket(fileno=ear) as door:
        door.set_inheritable(False)
        awake = _woken_by_children()
        while True:
            heard: list[socket.socket | int] = [door, awake, *work.values()]
            ready = select.select(heard, [], [])[0]
            if awake in ready:
                os.read(awake, 1 << 12)
            if door in ready:
                line = door.accept()[0]
                if not _ours(line) or _known(read) != before or not (asks := _received(line)):
                    line.close()
                elif child := os.fork():
                    work[child] = line
                    asks.close()
                else:
                    door.close()  # who asks a server that was killed must learn of it
                    _become(asks, run)
            for child in [child for child, line in work.items() if line in ready]:
                with suppress(ProcessLookupError):  # nobody waits for it any more
                    os.killpg(child, signal.SIGKILL)
            _answer(work)


class _Request(NamedTuple):
    words: list[str]
    folder: str
    variables: dict[str, str]
    streams: list[int]

    def close(self) -> None:
        for stream in self.streams:
            os.close(stream)


def _received(line: socket.socket) -> _Request | None:
    streams = array.array("i")
    sent, ancillary, _, _ = line.recvmsg(MOST, socket.CMSG_SPACE(4 * len(STREAMS)))
    for _, _, data in ancillary:
        streams.frombytes(data)
    return _Request(**json.loads(sent), streams=streams.tolist()) if sent else None


def _become(asks: _Request, run: Main) -> NoReturn:
    """In a child: be the process that asked, and do what it was to do."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    parent = os.getppid()
    os.setsid()
    watchdog.die_with(parent)
    for target, stream in zip(STREAMS, asks.streams, strict=True):
        os.dup2(stream, target)
    asks.close()
    os.chdir(asks.folder)
    os.environ.clear()
    os.environ.update(asks.variables)
    code: object = 1
    try:
        code = run(asks.words)
    except SystemExit as end:
        code = end.code or 0
    finally:
        for output in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                output.flush()
        os._exit(code if isinstance(code, int) else 1)


def _answer(work: dict[int, socket.socket]) -> None:
    """Say how children have ended."""
    for child in [*work]:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            with suppress(OSError), work.pop(child) as line:
                line.send(str(os.waitstatus_to_exitcode(status)).encode())


def _woken_by_children() -> int:
    """A stream that can be read when a child has ended."""
    awake, alarm = os.pipe()
    os.set_blocking(alarm, False)
    signal.signal(signal.SIGCHLD, lambda *given: None)
    signal.set_wakeup_fd(alarm)
    return awake


def _ours(line: socket.socket) -> bool:
    """Whether the process at the other end belongs to this user."""
    found = line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return struct.unpack("3i", found)[1] == os.geteuid()


def _known(read: Sequence[Path]) -> dict[str, tuple[int, int]]:
    """Size and time of the files that were read, and of all of ours that were imported."""
    names = [name for name in sys.modules if name.partition(".")[0] == "seqbench"]
    files = [Path(file) for name in names if (file := getattr(sys.modules[name], "__file__", ""))]
    found = {}
    for file in {*files, *read}:
        with suppress(OSError):
            state = file.stat()
            found[str(file)] = (state.st_size, state.st_mtime_ns)
    return found
