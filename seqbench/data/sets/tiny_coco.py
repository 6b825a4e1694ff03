"""Tiny COCO: 100 photographs of COCO 2017, 64 x 64 pixels, with five captions each.

Test are the 50 photographs of COCO's validation part. The 50 of its training part are train (the
first 40 by number) and valid (the last 10): our split. Captions of more than LONGEST characters are
left out (50 of 250, and 45 of 250 in test).

Source: lin2014
"""

import json
from functools import cache

import numpy as np

from seqbench.data.baselines.overlap import corrected_chrf
from seqbench.data.files import read
from seqbench.data.formats.captioned import Part, reduced
from seqbench.data.guards import Blob, arrays, text

SIDE = 16
LETTERS = " ',-.3abcdefghijklmnopqrstuvwxyz"
LONGEST = 60
TRAINED = 40  # photographs


@cache
def parts() -> tuple[Part, ...]:
    """Train, valid and test: a photograph and one of its captions, so each photograph is repeated.

    Raises:
        MissingData: a file is not on this machine.
        InputError: one is damaged, or not what it should be.
    """
    blob = read("tiny_coco", "tiny_coco_64.npz")
    found, halves = arrays(blob), []
    for part in ("train", "val"):
        ids, pictures = (found.get(f"{part}_{k}", np.zeros(0)) for k in ("ids", "images"))
        if ids.dtype != np.int64 or ids.shape != pictures.shape[:1]:
            raise blob.refused(f"holds {ids.shape} numbers of photographs", "one for each")
        known = captions(read("tiny_coco", f"captions_{part}2017.json"))
        small = reduced(pictures, SIDE, blob)
        halves.append([(small[i], known.get(int(ids[i]), ())) for i in np.argsort(ids)])
    learned, test = halves
    return tuple(map(_pairs, (learned[:TRAINED], learned[TRAINED:], test)))


def captions(blob: Blob) -> dict[int, tuple[str, ...]]:
    """The captions of each photograph, in lower case, that are short enough.

    Raises:
        InputError: no such file, or captions with letters that there should not be.
    """
    content = text(blob)
    try:
        pairs = [(p["image_id"], p["caption"]) for p in json.loads(content)["annotations"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise blob.refused(f"is no file of captions ({error})", "annotations of COCO") from error
    found: dict[int, tuple[str, ...]] = {}
    for number, caption in pairs:
        if type(number) is not int or type(caption) is not str:
            raise blob.refused(f"has a caption {caption!r} of {number!r}", "a text and a number")
        words = " ".join(caption.lower().split())
        if not words or set(words) - set(LETTERS):
            raise blob.refused(f"has a caption {words!r}", f"some of {LETTERS}")
        if len(words) <= LONGEST:
            found[number] = (*found.get(number, ()), words)
    return found


@cache
def agreement() -> float:
    """Corrected chrF on test of another caption of the same photograph: how far people agree."""
    pictures, texts = parts()[2]
    said, meant = [], []
    for i, own in enumerate(texts):
        others = [k for k, p in enumerate(pictures) if k != i and np.array_equal(p, pictures[i])]
        if others:
            said.append(texts[min(others, key=lambda k: (k - i) % len(texts))])
            meant.append(own)
    return corrected_chrf(said, meant)


def _pairs(photographs: list[tuple[np.ndarray, tuple[str, ...]]]) -> Part:
    pairs = [(picture, caption) for picture, captions in photographs for caption in captions]
    return Part(np.stack([picture for picture, _ in pairs]), tuple(text for _, text in pairs))
