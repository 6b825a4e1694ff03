"""Compile a kernel with the system's C compiler, once per source, compiler and processor."""

import ctypes
import os
import re
import shutil
import subprocess
import tempfile
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

# No -ffast-math: NaN must stay NaN, and sums keep their order.
FLAGS = [
    *("-O2", "-march=native", "-std=gnu11", "-shared", "-fPIC", "-w", "-fwrapv"),
    *("-ftree-vectorize", "-fvect-cost-model=dynamic", "-fno-thread-jumps"),
    *("-ffp-contract=fast", "-fno-math-errno", "-fno-trapping-math"),
]


class Unbuildable(Exception):
    """There is no compiler, or it refuses; the message says so in one sentence."""


@lru_cache(maxsize=1)
def compiler() -> tuple[str, str]:
    """The C compiler, and all that it says about itself and this processor.

    Raises:
        Unbuildable: there is none.
    """
    for name in (os.environ.get("CC"), "cc", "gcc", "clang"):
        if name and (found := shutil.which(name)):
            asked = [found, *FLAGS[:3], "-dM", "-E", "-x", "c", os.devnull]
            answer = subprocess.run(asked, capture_output=True, text=True, check=False)
            if answer.returncode == 0:
                return found, answer.stdout
    raise Unbuildable("there is no C compiler (cc, gcc, clang or what CC names)")


def available() -> bool:
    """Whether there is a C compiler."""
    try:
        compiler()
    except Unbuildable:
        return False
    return True


def lanes() -> int:
    """Numbers in a vector register."""
    _, said = compiler()
    return 16 if "__AVX512F__" in said else 8 if "__AVX__" in said else 4


def folder() -> Path:
    """Where kernels are kept: SEQBENCH_CACHE, or seqbench in the user's cache."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("SEQBENCH_CACHE") or Path(home) / "seqbench") / "kernels"


def load(source: str) -> ctypes.CDLL:
    """The library made of `source`, compiled now or at some time before.

    Raises:
        Unbuildable: no compiler, one that refuses the source, or a folder that cannot be written.
    """
    found, said = compiler()
    flags = [*FLAGS, *(["-mprefer-vector-width=512"] if _wide(said) else [])]
    key = sha256("\0".join([source, said, found, *flags]).encode()).hexdigest()[:32]
    library = folder() / f"{key}.so"
    try:
        if not library.exists():
            library.parent.mkdir(parents=True, exist_ok=True)
            _compile([found, *flags], source, library)
        return ctypes.CDLL(str(library))
    except OSError as error:
        raise Unbuildable(f"a kernel cannot be kept in {folder()} ({error.strerror})") from error


def _wide(said: str) -> bool:
    return bool(re.search(r"__AVX512F__", said)) and "__clang__" not in said


def _compile(command: list[str], source: str, library: Path) -> None:
    """Two jobs that compile the same do not meet: each renames a file of its own."""
    with tempfile.TemporaryDirectory(dir=library.parent) as place:
        code, made = Path(place) / "kernel.c", Path(place) / "kernel.so"
        code.write_text(source, encoding="utf-8")
        words = [*command, "-o", str(made), str(code), "-lm"]
        answer = subprocess.run(words, capture_output=True, text=True, check=False)
        if answer.returncode:
            first = (answer.stderr.strip() or "no message").splitlines()[0]
            raise Unbuildable(f"the C compiler refuses a kernel ({first})")
        os.replace(made, library)
