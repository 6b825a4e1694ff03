"""Data that are not there: the sentence names the command."""

from collections.abc import Callable
from pathlib import Path

import pytest

from seqbench.data import files
from seqbench.data.sets import (
    fxemoji,
    mnist,
    multi30k,
    names,
    omniglot,
    ptb,
    rolls,
    sentences,
    tiny_coco,
    tinyshakespeare,
)
from seqbench.errors import InputError, MissingData
from tests.helpers.mirror import mirrored
from tests.helpers.places import MIRROR


@pytest.mark.parametrize(
    ("name", "read"),
    (
        ("mnist", lambda: mnist.images("train")),
        ("fxemoji", fxemoji.parts.__wrapped__),
        ("tiny_coco", tiny_coco.parts.__wrapped__),
        ("omniglot", omniglot.drawings.__wrapped__),
        ("multi30k", lambda: multi30k.sentences.__wrapped__("en")),
    ),
)
def test_absent_sets_name_the_command(
    name: str, read: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SEQBENCH_MIRROR")
    with pytest.raises(MissingData, match=f"^{name}: .* Allowed: .*data fetch {name}"):
        read()
    assert files.download(name, next(iter(files.entry(name).files)))


READERS: dict[str, Callable[[], object]] = {
    "tinyshakespeare": tinyshakespeare.parts.__wrapped__,
    "ptb": lambda: ptb.words.__wrapped__(3),
    "names": names.parts.__wrapped__,
    "nottingham": lambda: rolls.pieces.__wrapped__("nottingham"),
    "sst2": lambda: sentences.parts.__wrapped__("sst2", 3),
    "rt_polarity": lambda: sentences.parts.__wrapped__("rt_polarity", 3),
}


@pytest.mark.parametrize("name", READERS)
def test_absent_data_name_the_command(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEQBENCH_MIRROR")
    with pytest.raises(MissingData, match=f"Run `python -m seqbench data fetch {name}`"):
        READERS[name]()


@mirrored
def test_a_flipped_byte_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytearray((MIRROR / "tinyshakespeare" / "input.txt").read_bytes())
    data[5000] ^= 1
    (tmp_path / "tinyshakespeare").mkdir()
    (tmp_path / "tinyshakespeare" / "input.txt").write_bytes(data)
    monkeypatch.setenv("SEQBENCH_DATA", str(tmp_path))
    with pytest.raises(InputError, match="damaged: its SHA-256"):
        files.read("tinyshakespeare", "input.txt")
