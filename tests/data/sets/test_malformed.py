"""Malformed texts, names, sentences and rolls are one sentence."""

from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from scipy.io import savemat

from seqbench.data.guards import Blob
from seqbench.data.sets import names, ptb, rolls, sentences, tinyshakespeare
from seqbench.errors import InputError


def mat(**parts: object) -> Blob:
    file = BytesIO()
    savemat(file, parts)
    return Blob("jsb_chorales: JSB_Chorales.mat", file.getvalue())


def cells(*pieces: object) -> np.ndarray:
    found = np.empty((1, len(pieces)), object)
    for n, piece in enumerate(pieces):
        found[0, n] = piece
    return found


ROLL = np.zeros((5, 88), np.uint8)
WORDS = "the of a <unk>\n"
BAD: dict[str, tuple[Callable[[Blob], object], Blob | bytes]] = {
    "shakespeare: short": (tinyshakespeare.parse, b"First Citizen:\n"),
    "shakespeare: alien": (tinyshakespeare.parse, b"a\xc3\xa9" * 99),
    "shakespeare: latin": (tinyshakespeare.parse, b"a\xe9" * 99),
    "shakespeare: zeros": (tinyshakespeare.parse, b"\0" * 999),
    "ptb: empty": (ptb.spelled, b""),
    "ptb: blank line": (ptb.spelled, b" a b \n\n c \n"),
    "ptb: cut off": (ptb.spelled, b" a b \n c "),
    "ptb: capitals": (ptb.spelled, b" Anna \n"),
    "ptb: few words": (lambda blob: ptb.vocabulary([blob], 10), WORDS.encode()),
    "rolls: no part": (lambda blob: rolls.parse(blob, "traindata"), mat(other=cells(ROLL))),
    "rolls: no cells": (lambda blob: rolls.parse(blob, "traindata"), mat(traindata=ROLL)),
    "rolls: 87 keys": (lambda blob: rolls.parse(blob, "a"), mat(a=cells(ROLL, ROLL[:, 1:]))),
    "rolls: loud": (lambda blob: rolls.parse(blob, "a"), mat(a=cells(ROLL, ROLL + 2))),
    "rolls: one frame": (lambda blob: rolls.parse(blob, "a"), mat(a=cells(ROLL[:1], ROLL))),
    "rolls: text": (lambda blob: rolls.parse(blob, "a"), mat(a=cells(ROLL, "text"))),
    "rolls: no file": (lambda blob: rolls.parse(blob, "a"), b"MATLAB 5.0" * 50),
    "names: blank": (names.parse, b"Novak\n\nSvoboda\n"),
    "names: long": (names.parse, b"Novak\n" + b"a" * 21 + b"\n"),
    "names: Greek": (names.parse, "Παππάς\n".encode()),
    "names: digits": (names.parse, b"Novak2\n"),
    "names: latin": (names.parse, b"Nov\xe1k\n"),
    "sst2: class": (sentences.labeled, b"1 good\n2 better\n"),
    "sst2: no words": (sentences.labeled, b"1 good\n0 \n"),
    "sst2: no class": (sentences.labeled, b"good\n"),
    "sst2: latin": (sentences.labeled, b"1 na\xefve\n"),
    "rt: blank": (sentences.plain, b"good \n \nbad \n"),
    "rt: empty": (sentences.plain, b""),
}


@pytest.mark.parametrize("case", BAD)
def test_malformed_content_is_one_sentence(case: str) -> None:
    parse, content = BAD[case]
    blob = content if isinstance(content, Blob) else Blob("a set: its file", content)
    with pytest.raises(InputError, match=r"^[^\n]*: [^\n]*\. Allowed: [^\n]*\. [^\n]*\.$"):
        parse(blob)
