"""Faults of a host, a disk and a process: each has its sentence, and nothing half is seen."""

import multiprocessing
import socket
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler

import pytest

from seqbench.data import fetch, say
from tests.helpers.places import HOME
from tests.helpers.world import PLAIN, Answer, Said, Server, World, data, whole, zipped


def head(handler: BaseHTTPRequestHandler, size: int) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(size))
    handler.end_headers()


def truncated(handler: BaseHTTPRequestHandler) -> None:
    head(handler, len(PLAIN))
    handler.wfile.write(PLAIN[:1000])


def dying(handler: BaseHTTPRequestHandler) -> None:
    head(handler, len(PLAIN))
    handler.wfile.write(PLAIN[:1000])
    handler.wfile.flush()
    reset = b"\1\0\0\0\0\0\0\0"  # linger for no time: the other side sees a reset
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
    handler.connection.close()


def endless(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(1000):
        handler.wfile.write(bytes(65536))


def stalled(handler: BaseHTTPRequestHandler) -> None:
    head(handler, len(PLAIN))
    handler.wfile.write(PLAIN[:1000])
    handler.wfile.flush()
    time.sleep(1)


def to_nowhere(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(302)
    handler.send_header("Location", "/nowhere")
    handler.end_headers()


def in_circles(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(302)
    handler.send_header("Location", handler.path)
    handler.end_headers()


def fails(code: int) -> Answer:
    return lambda handler: handler.send_error(code)


FAULTS: dict[str, tuple[Answer, str]] = {
    "404": (fails(404), "answers 404"),
    "500": (fails(500), "answers 500"),
    "truncated": (truncated, "broke off"),
    "dying": (dying, "broke off"),
    "endless": (endless, "sent more than"),
    "stalled": (stalled, "cannot be reached"),
    "redirected": (to_nowhere, "answers 404"),
    "in circles": (in_circles, "broke off (TooManyRedirects)"),
    "wrong bytes": (whole(PLAIN[:-1] + b"!"), "other bytes"),
    "an error page": (whole(b"<html>Sorry</html>"), "other bytes"),
    "empty": (whole(b""), "other bytes"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_answer_is_a_sentence_and_the_others_come(
    fault: str, world: World, server: Server, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "PATIENCE", 0.3)
    server.answers["letters/b.txt"], words = FAULTS[fault]
    before = world.outside()
    assert data("fetch", "letters") == 1
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 1 and said[0].startswith("letters: its file b.txt was not fetched (127.0")
    assert words in said[0] and ". Allowed: " in said[0] and said[0].endswith("add --mirror DIR.")
    assert world.cached() == {"letters/a.txt": PLAIN}, "nothing partial, nothing hidden"
    assert world.outside() == before
    del server.answers["letters/b.txt"]
    assert data("fetch", "letters") == 0


@pytest.mark.faults
@pytest.mark.parametrize(
    "place", ["letters/a.txt", "numbers/table.csv.gz", "sounds/recordings.zip"]
)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_answer_for_files_of_every_kind(
    fault: str, place: str, world: World, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "PATIENCE", 0.3)
    server.answers[place], _ = FAULTS[fault]
    name = place.partition("/")[0]
    assert data("fetch", name) == 1
    assert place not in world.cached() and not list(world.cache.rglob(".fetching-*"))
    del server.answers[place]
    assert data("fetch", name) == 0
    assert place in world.cached()


def test_a_wrong_packing_is_refused(world: World, server: Server, capsys: Said) -> None:
    other = zipped({"site-26eb/recordings/a.wav": b"one recording is missing, one is another"})
    server.answers["sounds/recordings.zip"] = whole(other)
    assert data("fetch", "sounds") == 1
    assert "inside" in capsys.readouterr().out and world.cached() == {}


def test_a_host_that_is_silent_is_asked_once(
    world: World, server: Server, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.http.shutdown()
    server.http.server_close()
    assert data("fetch", "letters") == 1
    said = capsys.readouterr().out.splitlines()
    assert [line.count("cannot be reached") for line in said] == [1, 1]


def test_a_cache_that_cannot_be_written(world: World, server: Server, capsys: Said) -> None:
    world.cache.write_text("in the way")
    assert data("fetch", "letters") == 2
    said = capsys.readouterr().err
    assert "cannot be written" in said and "SEQBENCH_DATA" in said


def test_a_full_disk_leaves_nothing(
    world: World, server: Server, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: object, target: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fetch.os, "replace", full)
    assert data("fetch", "letters") == 2
    assert "No space left" in capsys.readouterr().err and world.cached() == {}


def _fetch_letters(start: object) -> None:
    start.wait()
    sys.exit(say.fetch(["letters", "sounds"]))


def test_two_processes_at_once(world: World, server: Server) -> None:
    def slowly(handler: BaseHTTPRequestHandler) -> None:
        head(handler, len(PLAIN))
        for start in range(0, len(PLAIN), 1000):
            handler.wfile.write(PLAIN[start : start + 1000])
            handler.wfile.flush()
            time.sleep(0.02)

    server.answers["letters/a.txt"] = slowly
    fork = multiprocessing.get_context("fork")
    start = fork.Event()
    both = [fork.Process(target=_fetch_letters, args=(start,)) for _ in range(2)]
    for process in both:
        process.start()
    start.set()
    while any(process.is_alive() for process in both):
        seen = world.cache / "letters/a.txt"
        assert not seen.exists() or seen.read_bytes() == PLAIN, "half a file was seen"
        time.sleep(0.005)
    assert [process.exitcode for process in both] == [0, 0]
    assert server.asked.count("letters/a.txt") == 2, "they were at it at once"
    assert set(world.cached()) == {"letters/a.txt", "letters/b.txt", "sounds/recordings.zip"}


def test_a_killed_fetch_leaves_nothing_visible_and_is_swept(world: World, server: Server) -> None:
    server.answers["letters/a.txt"] = stalled
    process = subprocess.Popen(
        [
            sys.executable, "-c",
            "from pathlib import Path; from seqbench.data import ledger, say;"
            f"ledger.LEDGER = Path({str(world.ledger)!r}); say.fetch(['letters'])",
        ],
        cwd=HOME,
    )  # fmt: skip
    while not list(world.cache.glob("letters/.*.part/*")):
        time.sleep(0.01)
        assert process.poll() is None
    process.kill()
    process.wait()
    assert not (world.cache / "letters/a.txt").exists()
    assert list(world.cache.glob("letters/.*.part"))
    del server.answers["letters/a.txt"]
    assert data("fetch", "letters") == 0
    assert set(world.cached()) == {"letters/a.txt", "letters/b.txt"}
