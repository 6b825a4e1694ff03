"""A ledger, a mirror and a cache of a test's own; nothing here talks to a real host."""

import gzip
import io
import zipfile
from collections.abc import Callable, Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import yaml

from seqbench.__main__ import main
from seqbench.data import content, ledger
from seqbench.data.guards import Blob

PLAIN = b"one line\nand another\n" * 200
PACKED = gzip.compress(b"1.0,2.0\n3.0,4.0\n" * 100, mtime=0)
REPACKED = gzip.compress(b"1.0,2.0\n3.0,4.0\n" * 100, mtime=77, compresslevel=1)


def zipped(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return file.getvalue()


SOUNDS = {"a.wav": b"RIFF" + bytes(900), "b.wav": b"RIFF" + bytes(range(256)) * 4}
PUBLIC = zipped({f"site-26eb/recordings/{k}": v for k, v in SOUNDS.items()} | {"site-26eb/x": b"x"})
MIRRORED = zipped({f"recordings/{k}": v for k, v in SOUNDS.items()})
FILES = {
    "letters/a.txt": PLAIN,
    "letters/b.txt": PLAIN[::-1],
    "numbers/table.csv.gz": PACKED,
    "sounds/recordings.zip": MIRRORED,
    "lonely/only.txt": b"of a mirror\n",
    "loose/any.txt": b"anything\n",
}


def entry(
    url: str | None, files: dict[str, dict[str, object]], **more: object
) -> dict[str, object]:
    fixed = {"title": "A set", "n": "1", "license": "not stated", "show": False}
    return fixed | {"citation": "test2000", "url": url, "files": files} | more


def known(place: str, **more: object) -> dict[str, object]:
    data = FILES[place]
    return {"bytes": len(data), "sha256": sha256(data).hexdigest()} | more


def write_ledger(path: Path, url: str | None) -> None:
    table = content.digest(Blob("", PACKED), "*")
    sounds = content.digest(Blob("", MIRRORED), "recordings/*.wav")
    below = (lambda folder: f"{url}{folder}/") if url else (lambda folder: None)
    letters = {file: known(f"letters/{file}") for file in ("a.txt", "b.txt")}
    sets = {
        "letters": entry(below("letters"), letters),
        "numbers": entry(
            below("numbers"), {"table.csv.gz": known("numbers/table.csv.gz", content=table)}
        ),
        "sounds": entry(
            below("sounds"),
            {
                "recordings.zip": known(
                    "sounds/recordings.zip", content=sounds, members="recordings/*.wav"
                )
            },
        ),
        "lonely": entry(None, {"only.txt": known("lonely/only.txt")}),
        "loose": entry(below("loose"), {"any.txt": known("loose/any.txt", sha256=None)}),
    }
    path.write_text(yaml.safe_dump(sets, sort_keys=False))


Said = pytest.CaptureFixture[str]


def data(*words: str) -> int:
    """`seqbench data ...`, in this process."""
    return main(["data", *words])


class World:
    """What a test sees of its folders."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cache, self.mirror = folder / "cache", folder / "mirror"
        self.ledger = folder / "datasets.yaml"

    def fill(self, folder: Path, **changed: bytes) -> None:
        """All files of the ledger, some with other bytes (by set)."""
        for place, data in FILES.items():
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            (folder / place).write_bytes(changed.get(place.partition("/")[0], data))

    def outside(self) -> dict[str, bytes]:
        """Every file that is not in the cache, with its bytes."""
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in self.folder.rglob("*")
            if path.is_file() and not path.is_relative_to(self.cache)
        }

    def cached(self) -> dict[str, bytes]:
        """Every file of the cache, hidden ones included."""
        files = (path for path in self.cache.rglob("*") if path.is_file())
        return {path.relative_to(self.cache).as_posix(): path.read_bytes() for path in files}


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A ledger without addresses, an empty cache, a mirror folder that nobody names yet."""
    found = World(tmp_path)
    found.mirror.mkdir()
    write_ledger(found.ledger, None)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr(ledger, "LEDGER", found.ledger)
    monkeypatch.setenv("SEQBENCH_DATA", str(found.cache))
    for variable in ("SEQBENCH_MIRROR", "SEQBENCH_OFFLINE"):
        monkeypatch.delenv(variable, raising=False)
    ledger._read.cache_clear()
    return found


Answer = Callable[[BaseHTTPRequestHandler], None]


class Server:
    """Answers with FILES, unless a test says otherwise for a path."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                place = self.path.lstrip("/")
                outer.asked.append(place)
                if place in outer.answers:
                    outer.answers[place](self)
                elif place in FILES:
                    whole(FILES[place])(self)
                else:
                    self.send_error(404)

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}/"
        Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()


def whole(data: bytes) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    return answer


@pytest.fixture
def server(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """The public address of every set but `lonely`."""
    found = Server()
    for variable in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(variable, "127.0.0.1")
    write_ledger(world.ledger, found.url)
    ledger._read.cache_clear()
    yield found
    found.http.shutdown()
    found.http.server_close()
