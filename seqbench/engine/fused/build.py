"""Compile a kernel with the system's C compiler, once per source, compiler and processor.

GCC and clang, on x86-64 (baseline, AVX2, AVX-512) and on 64-bit ARM: the kernels of all cells agree
there with the loop over steps, to the rounding of float32 (`tests/engine/fused/test_portable.py`).
"""

import atexit
import ctypes
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path

from seqbench.errors import InputError
from seqbench.files import read_verified, workplace, write_sealed

# No -ffast-math: NaN must stay NaN, and sums keep their order.
FLAGS = (
    *("-O2", "-std=gnu11", "-shared", "-fPIC", "-w", "-fwrapv", "-ftree-vectorize"),
    *("-ffp-contract=fast", "-fno-math-errno", "-fno-trapping-math"),
)
OF_GCC = ("-fvect-cost-model=dynamic", "-fno-thread-jumps")  # clang refuses what it does not know
NATIVE = ("-march=native",), ("-mcpu=native",), ()  # on ARM, many a clang knows only the second


class Unbuildable(Exception):
    """There is no compiler, or it refuses; the message says so in one sentence."""


@dataclass(frozen=True)
class Compiler:
    """A C compiler that has been told for which processor it compiles."""

    command: tuple[str, ...]
    said: str  # every macro that it defines: its version, and what the processor has

    @classmethod
    def asked(cls, *command: str) -> "Compiler | None":
        """What a command says about itself; None if it compiles no C for such a processor."""
        words = [*command, *FLAGS[:2], "-dM", "-E", "-x", "c", os.devnull]
        try:
            answer = subprocess.run(words, capture_output=True, text=True, check=False)
        except OSError:  # it cannot be started
            return None
        return None if answer.returncode else cls(command, answer.stdout)

    @property
    def lanes(self) -> int:
        """Numbers in a vector register."""
        return 16 if "__AVX512F__" in self.said else 8 if "__AVX__" in self.said else 4

    @property
    def words(self) -> list[str]:
        """The command with all its flags."""
        own = () if "__clang__" in self.said else OF_GCC
        wide = ["-mprefer-vector-width=512"] if self.lanes == 16 else []
        return [*self.command, *FLAGS, *own, *wide]

    def compile(self, source: str, made: Path, *flags: str) -> None:
        """A library at `made`, and beside it the source.

        Raises:
            Unbuildable: the compiler refuses the source.
        """
        code = made.with_suffix(".c")
        code.write_text(source, encoding="utf-8")
        words = [*self.words, *flags, "-o", str(made), str(code), "-lm"]
        answer = subprocess.run(words, capture_output=True, text=True, check=False)
        if answer.returncode:
            first = (answer.stderr.strip() or "no message").splitlines()[0]
            raise Unbuildable(f"the C compiler refuses a kernel ({first})")


@lru_cache(maxsize=1)
def compiler() -> Compiler:
    """The C compiler of this system, for this processor.

    Raises:
        Unbuildable: there is none.
    """
    for name in (os.environ.get("CC"), "cc", "gcc", "clang"):
        if name and (found := shutil.which(name)):
            for processor in NATIVE:
                if answer := Compiler.asked(found, *processor):
                    return answer
    raise Unbuildable("there is no C compiler (cc, gcc, clang or what CC names)")


@cache
def missing() -> str | None:
    """Why no kernel at all can be built here, by building one; None if there can be some."""
    try:
        load("int one(void) { return 1; }")
    except Unbuildable as error:
        return str(error)
    return None


def folder() -> Path:
    """Where kernels are kept: SEQBENCH_CACHE, or seqbench in the user's cache.

    It is private, so that nobody else can put a library there, which would then run as ours: it
    belongs to this user, and others may neither write nor read it. Where it is not and cannot be
    made so, a temporary one serves this process, and a sentence says so.
    """
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return _private(Path(os.environ.get("SEQBENCH_CACHE") or Path(home) / "seqbench") / "kernels")


@cache
def _private(kept: Path) -> Path:
    problem = _not_private(kept)
    if problem is None:
        return kept
    brief = tempfile.mkdtemp(prefix="seqbench-kernels-")
    atexit.register(shutil.rmtree, brief, ignore_errors=True)
    print(
        f"{kept}: {problem}. Allowed: a folder of this user's own, closed to others. Remove it, or "
        "choose another one with SEQBENCH_CACHE; until then every process makes its kernels anew.",
        file=sys.stderr,
    )
    return Path(brief)


def _not_private(folder: Path) -> str | None:
    """What is wrong with a folder that is to be private; it is made where it is absent."""
    if str(folder).startswith("~"):
        return "this user has no home"
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        found = folder.lstat()  # not what a link leads to
        if not stat.S_ISDIR(found.st_mode):
            return "is no folder"
        if found.st_uid != os.geteuid():
            return "belongs to another user"
        if found.st_mode & 0o022:
            return "others may write to it"
        if any(_open(above.stat()) for above in {*folder.parents, *folder.resolve().parents}):
            return "others may move it"
        folder.chmod(0o700)
    except OSError as error:
        return f"cannot be used ({error.strerror})"
    return None if os.access(folder, os.W_OK) else "cannot be written"


def _open(above: os.stat_result) -> bool:
    """Whether others may rename what lies in a folder, and put something else in its place."""
    if above.st_uid not in (0, os.geteuid()):
        return True
    writers = above.st_mode & (0o002 if above.st_gid in (0, os.getegid()) else 0o022)
    return bool(writers) and not above.st_mode & stat.S_ISVTX


def load(source: str, *flags: str) -> ctypes.CDLL:
    """The library made of `source`, compiled now or at some time before; flags: more of them.

    One that is not byte for byte what was compiled is made again: loaded, it could do anything.

    Raises:
        Unbuildable: no compiler, one that refuses the source, or a folder that cannot be written.
    """
    found = compiler()
    key = sha256("\0".join([source, found.said, *found.words, *flags]).encode()).hexdigest()[:32]
    library = folder() / f"{key}.so"
    try:
        with suppress(InputError):
            read_verified(library)
            return ctypes.CDLL(str(library))
        write_sealed(library, _compiled(found, source, flags))
        return ctypes.CDLL(str(library))
    except (OSError, InputError) as error:
        raise Unbuildable(f"a kernel cannot be kept or loaded ({error})") from error


def _compiled(found: Compiler, source: str, flags: Sequence[str]) -> bytes:
    """Two jobs that compile the same do not meet: each has a folder of its own."""
    with workplace(folder()) as place:
        found.compile(source, place / "kernel.so", *flags)
        return (place / "kernel.so").read_bytes()
