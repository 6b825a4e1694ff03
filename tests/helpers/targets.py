"""Kernels for other compilers and processors than this computer's, and how they are run here."""

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from torch import Tensor

from seqbench.axes import Tensors
from seqbench.cell import Cell
from seqbench.engine.fused.build import Compiler, Unbuildable, compiler
from seqbench.engine.fused.emit import emit
from seqbench.engine.fused.plan import Plan, plan
from seqbench.engine.fused.trace import Traced, traced

DRIVER = Path(__file__).with_name("driver.c")
ARM = "/usr/aarch64-linux-gnu"  # where Debian keeps ARM's C library


@dataclass(frozen=True)
class Target:
    """A compiler, the processor that it compiles for, and what runs that."""

    command: tuple[str, ...]
    lanes: int
    macro: str = ""  # which the system's compiler defines where this processor can do it
    emulator: tuple[str, ...] = ()

    def absent(self) -> str | None:
        """Why nothing can be compiled or run for this target here."""
        programs = [self.command[0], *self.emulator[:1]]
        missing = [name for name in programs if not shutil.which(name)]
        if missing or (self.emulator and not Path(ARM).is_dir()):
            return f"there is no {missing[0] if missing else ARM}"
        if not Compiler.asked(*self.command):
            return f"{self.command[0]} does not compile for {self.command[-1]}"
        try:
            able = f"#define {self.macro} " in compiler().said if self.macro else True
        except Unbuildable as error:
            return str(error)
        return None if able else f"this processor has no {self.macro}"


def _targets() -> dict[str, Target]:
    found = {}
    for name, arm in {"gcc": "aarch64-linux-gnu-gcc", "clang": "clang"}.items():
        for machine, lanes, macro in (
            ("x86-64", 4, "__x86_64__"),
            ("haswell", 8, "__AVX2__"),
            ("skylake-avx512", 16, "__AVX512VL__"),
        ):
            found[f"{name} {machine}"] = Target((name, f"-march={machine}"), lanes, macro)
        words = ["--target=aarch64-linux-gnu"] if name == "clang" else []
        command = (arm, *words, "-march=armv8-a")
        found[f"{name} aarch64"] = Target(command, 4, emulator=("qemu-aarch64", "-L", ARM))
    return found


TARGETS = _targets()


@dataclass(frozen=True)
class Driven:
    """A kernel that runs in a process of its own; for the rest, what `sequence.Kernel` is."""

    command: tuple[str, ...]
    weights: tuple[str, ...]
    widths: tuple[int, ...]
    moving: tuple[bool, ...]
    tape: int

    def call(
        self, name: str, steps: int, trials: int, keep: bool, tensors: list[Tensor | None]
    ) -> None:
        """Run over all trials: the driver gets all buffers in a file, and leaves them there."""
        head = 8 * (4 + len(tensors))
        sizes = [0 if z is None else z.nbytes for z in tensors]
        ends = (head + np.cumsum(sizes)).tolist()
        places = [end - size if size else 0 for end, size in zip(ends, sizes, strict=True)]
        numbers = np.array([trials, steps, keep, len(tensors), *places], np.int64)
        with tempfile.NamedTemporaryFile() as file:
            file.write(numbers.tobytes())
            for z in tensors:
                file.write(b"" if z is None else z.numpy().tobytes())
            file.flush()
            subprocess.run([*self.command, name, file.name], check=True)
            made = Path(file.name).read_bytes()
        for z, place in zip(tensors, places, strict=True):
            if z is not None:
                z.numpy().ravel()[:] = np.frombuffer(made, np.float32, z.numel(), place)


@dataclass(frozen=True)
class Workshop:
    """Where one target's driver and kernels are compiled."""

    target: Target
    folder: Path

    @property
    def compiler(self) -> Compiler:
        """The product's own, with the flags that it gives a kernel."""
        found = Compiler.asked(*self.target.command)
        assert found is not None and found.lanes == self.target.lanes
        return found

    @property
    def driver(self) -> Path:
        """The program that calls a kernel."""
        made = self.folder / "driver"
        if not made.exists():
            words = [*self.target.command, "-o", str(made), str(DRIVER), "-ldl"]
            subprocess.run(words, check=True)
        return made

    def kernel(self, cell: Cell, params: Tensors, x: Tensor, need_x: bool = True) -> Driven:
        """A cell's kernel for these sizes."""
        outputs, units = params["W_out"].shape[-2:]
        found, planned = _planned(cell, x.shape[-1], units, outputs, x.shape[-2], need_x)
        emitted = emit(planned, self.target.lanes, need_x)
        library = self.folder / "kernel.so"
        self.compiler.compile(emitted.source, library)
        command = (*self.target.emulator, str(self.driver), str(library))
        return Driven(command, found.weights, found.widths, planned.moving, emitted.tape)


@cache
def _planned(
    cell: Cell, inputs: int, units: int, outputs: int, batch: int, need_x: bool
) -> tuple[Traced, Plan]:
    found = traced(cell, {"I": inputs, "H": units, "O": outputs}, batch, need_x)
    return found, plan(found)
