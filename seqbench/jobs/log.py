"""What a person sees of a job while it runs."""

import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from seqbench.engine.stack import Stack
from seqbench.errors import Unwritable
from seqbench.matrix.job import Job

WATCH_SECONDS = 5.0
LOSS = ("valid", "loss")


@dataclass
class Log:
    """Progress for a person, on the terminal and in the job's log file."""

    job: Job
    path: Path | None
    total: int = 0
    over: int = 0  # trials of the stacks before the present one
    width: int = 0  # trials of the present one
    began: float = 0.0
    spoke: float = 0.0
    told: set[str] = field(default_factory=set)  # why not every pass is one of kernels

    def begin(self) -> None:
        """Empty the log file.

        Raises:
            Unwritable: it cannot be written.
        """
        self._write("", "w")

    def say(self, words: str) -> None:
        """A line on the terminal and in the log file, with the job in front.

        Raises:
            Unwritable: the file cannot be written.
        """
        line = f"{self.job.task} / {self.job.cell}: {words}"
        print(line, file=sys.stderr, flush=True)
        self._write(line + "\n", "a")

    def _write(self, text: str, mode: str) -> None:
        if not self.path:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open(mode, encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            raise Unwritable(
                f"{self.path}: the log cannot be written ({error.strerror}). Allowed: a file in a "
                "folder with write permission and free space. Name another one under --log."
            ) from error

    def watch(self, stack: Stack) -> None:
        """Where a stack is, at most every few seconds; once, why it takes step after step."""
        for why in {
            why for trace in stack.traces for why in trace.engines.values() if why
        } - self.told:
            self.told.add(why)
            self.say(f"trained step by step, {why}")
        now = time.monotonic()
        if now - self.spoke < WATCH_SECONDS:
            return
        self.spoke = now
        budget = self.job.training.updates
        live = len({trial.fingerprint for trial in stack.trials})
        over = self.over + max(0, self.width - live)
        part = min(1.0, (over + live * stack.done / budget) / max(self.total, 1))
        left = (now - self.began) * (1 - part) / max(part, 1e-6)
        losses = [curve[-1].value for trace in stack.traces if (curve := trace.curve(*LOSS))]
        known = sorted(loss for loss in losses if loss is not None)
        loss = f"{known[len(known) // 2]:.4g}" if known else "not finite"
        self.say(
            f"{over} of {self.total} trials done, {live} in training, "
            f"update {stack.done} of {budget}, median loss {loss}, about {left:.0f} s left"
        )
