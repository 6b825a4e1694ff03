"""Fetching: what comes is what the ledger says, or nothing."""

import os
import stat
import sys

import pytest

from seqbench.data import files, places, verify
from seqbench.errors import InputError, MissingData
from seqbench.files import sha256
from tests.helpers.world import (
    FILES,
    MIRRORED,
    PACKED,
    PLAIN,
    PUBLIC,
    REPACKED,
    Said,
    Server,
    World,
    data,
    whole,
)


def test_from_the_public_address(world: World, server: Server, capsys: Said) -> None:
    assert data("fetch", "letters", "numbers") == 0
    assert capsys.readouterr().out == "letters: here\nnumbers: here\n"
    assert files.read("letters", "a.txt").data == PLAIN
    assert set(world.cached()) == {"letters/a.txt", "letters/b.txt", "numbers/table.csv.gz"}
    server.asked.clear()
    assert data("fetch", "letters", "numbers") == 0
    assert server.asked == [], "what is here is not fetched again"


def test_a_folder_as_mirror_comes_first(world: World, server: Server) -> None:
    world.fill(world.mirror)
    assert data("fetch", "letters", "lonely", "--mirror", "../mirror") == 0
    assert server.asked == []
    assert set(world.cached()) == {"letters/a.txt", "letters/b.txt", "lonely/only.txt"}


@pytest.mark.parametrize("how", ["relative", "absolute", "file"])
def test_a_mirror_of_the_environment_is_read_in_place(
    how: str, world: World, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    world.fill(world.mirror)
    named = {"relative": "../mirror", "absolute": str(world.mirror), "file": world.mirror.as_uri()}
    monkeypatch.setenv("SEQBENCH_MIRROR", named[how])
    assert data("fetch", *{place.partition("/")[0] for place in FILES}) == 0
    assert "lonely: here, in SEQBENCH_MIRROR, and not copied" in capsys.readouterr().out
    assert files.read("lonely", "only.txt").data == b"of a mirror\n"
    assert not world.cache.exists()
    monkeypatch.delenv("SEQBENCH_MIRROR")
    assert data("fetch", "lonely", "--mirror", "../mirror") == 0
    assert capsys.readouterr().out == "lonely: here\n"


def test_an_address_as_mirror(
    world: World, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEQBENCH_MIRROR", server.url)
    assert data("fetch", "lonely", "--offline") == 0
    assert world.cached() == {"lonely/only.txt": FILES["lonely/only.txt"]}


def test_a_mirror_without_the_file_is_no_hindrance(world: World, server: Server) -> None:
    assert data("fetch", "letters", "--mirror", str(world.mirror)) == 0
    assert files.read("letters", "b.txt").data == PLAIN[::-1]


@pytest.mark.parametrize(
    ("place", "other"), [("numbers/table.csv.gz", REPACKED), ("sounds/recordings.zip", PUBLIC)]
)
def test_another_packing_of_the_same_content_passes(
    place: str, other: bytes, world: World, server: Server
) -> None:
    assert other not in (PACKED, MIRRORED)
    server.answers[place] = whole(other)
    name, _, file = place.partition("/")
    assert data("fetch", name) == 0
    assert files.read(name, file).data == other


@pytest.mark.parametrize("how", ["option", "environment"])
def test_offline_asks_nobody(
    how: str, world: World, server: Server, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    if how == "environment":
        monkeypatch.setenv("SEQBENCH_OFFLINE", "1")
    assert data("fetch", "letters", *(["--offline"] if how == "option" else [])) == 1
    assert server.asked == [] and "(offline)" in capsys.readouterr().out


def test_what_only_a_mirror_has_says_so(world: World, server: Server, capsys: Said) -> None:
    assert data("fetch", "lonely") == 1
    assert "Only a mirror has it: add --mirror DIR." in capsys.readouterr().out
    with pytest.raises(
        MissingData, match="run `python -m seqbench data fetch lonely --mirror DIR`"
    ):
        files.read("lonely", "only.txt")


def test_missing_data_name_file_set_and_command(world: World, server: Server) -> None:
    with pytest.raises(MissingData) as missing:
        files.read("letters", "b.txt")
    said = str(missing.value)
    assert said == (
        "letters: its file b.txt is neither in the cache nor in a mirror. Allowed: the file of "
        "the ledger. Run `python -m seqbench data fetch letters`."
    )
    assert str(world.folder) not in said, "it stands in reports, which show no home"


@pytest.mark.parametrize(
    "name", [place.partition("/")[0] for place in FILES if "loose" not in place]
)
@pytest.mark.parametrize("where", ["cache", "mirror"])
def test_a_flipped_byte_is_detected_and_mended(
    where: str, name: str, world: World, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.fill(world.mirror)
    place = next(place for place in FILES if place.startswith(name))
    path = getattr(world, where) / place
    path.parent.mkdir(parents=True, exist_ok=True)
    changed = bytearray(FILES[place])
    changed[len(changed) // 2] ^= 1
    path.write_bytes(changed)
    os.utime(path, (0, 0))
    monkeypatch.setenv("SEQBENCH_MIRROR", str(world.mirror))
    with pytest.raises(InputError, match="is damaged: .*SHA-256.*python -m seqbench data fetch"):
        files.read(name, place.partition("/")[2])
    assert data("verify", name) == 1
    assert "is damaged" in capsys.readouterr().out
    world.fill(world.folder / "other")
    assert data("fetch", name, "--mirror", str(world.folder / "other")) == 0
    assert data("verify", name) == 0
    assert files.read(name, place.partition("/")[2]).data == FILES[place]


def test_a_file_without_checksum_has_a_size(world: World) -> None:
    world.fill(world.cache, loose=b"something else\n")
    assert files.read("loose", "any.txt").data == b"something else\n"
    world.fill(world.cache, loose=bytes(2**21))
    with pytest.raises(InputError, match="it has .* bytes"):
        files.read("loose", "any.txt")


def test_path_is_verified_too(world: World) -> None:
    world.fill(world.cache)
    assert files.path("letters", "a.txt") == world.cache / "letters/a.txt"
    world.fill(world.cache, letters=b"x")
    with pytest.raises(InputError, match="damaged"):
        files.path("letters", "a.txt")


def test_verify_tells_absent_from_damaged(world: World, capsys: Said) -> None:
    assert data("verify") == 0
    assert capsys.readouterr().out.count("not fetched") == 5
    world.fill(world.cache)
    (world.cache / "letters/b.txt").unlink()
    assert data("verify") == 1
    assert "letters: its file b.txt is neither" in capsys.readouterr().out
    assert data("verify", "lonely") == 0


def test_list_and_where(world: World, capsys: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    world.fill(world.cache)
    (world.cache / "letters/b.txt").unlink()
    monkeypatch.setenv("SEQBENCH_MIRROR", "../mirror")
    data("list")
    said = capsys.readouterr().out
    assert "letters: A set (1; not stated; 0.0 MB, 1 of 2 files here)" in said
    data("where")
    assert capsys.readouterr().out == f"cache: {world.cache}\nmirror: {world.mirror}\n"
    data("where", "letters")
    assert capsys.readouterr().out == (
        f"letters: {world.cache / 'letters/a.txt'}\nletters: b.txt is not here\n"
    )


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("fetch", "leters"), "Did you mean 'letters'?"),
        (("verify", "leters"), "Did you mean 'letters'?"),
        (("fetch",), "no data named"),
        (("fetch", "letters", "--mirror", "ftp://x/y"), "--mirror: is no mirror"),
    ],
)
def test_slips_are_one_sentence(
    words: tuple[str, ...], says: str, world: World, capsys: Said
) -> None:
    assert data(*words) == 2
    said = capsys.readouterr().err
    assert says in said and said.count("\n") == 1


def test_unknown_file_of_a_set(world: World) -> None:
    with pytest.raises(InputError, match=r"no file of letters 'c.txt'.*Did you mean"):
        files.read("letters", "c.txt")


def test_a_terminal_sees_progress(
    world: World, server: Server, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    data("fetch", "letters")
    assert "a.txt: 100 % of 4,200 bytes" in capsys.readouterr().err


def test_fetched_files_are_for_reading_by_all(world: World, server: Server) -> None:
    data("fetch", "letters")
    mode = stat.S_IMODE((world.cache / "letters/a.txt").stat().st_mode)
    assert not mode & 0o133


def test_the_default_cache_is_the_platform_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEQBENCH_DATA", raising=False)
    assert places.cache().name == "seqbench" and places.cache().is_absolute()


def test_a_set_is_what_the_ledger_says_or_what_lies_here(world: World, server: Server) -> None:
    fixed = verify.identity("letters")
    assert sha256(PLAIN) in fixed and verify.identity("loose") == ""
    assert data("fetch", "letters") == data("fetch", "loose") == 0
    before = verify.identity("loose")
    assert before and verify.identity("letters") == fixed
    (world.cache / "loose/any.txt").write_bytes(b"something\n")
    assert verify.identity("loose") != before
