"""Bytes that know where they come from, and the one form of refusing them."""

from typing import NamedTuple

from seqbench.errors import InputError

MOST = 2**27  # bytes: eight times the largest file of the ledger


class Blob(NamedTuple):
    """Bytes to be parsed. where: for sentences, `set: its file, member of it`."""

    where: str
    data: bytes

    def refused(self, problem: str, allowed: str) -> InputError:
        """The sentence that says what is wrong with them.

        `problem` may quote them: what cannot be printed is shown as its code.
        """
        words = " ".join(problem.split())
        shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in words)
        if len(shown) > 200:
            shown = shown[:197] + "..."
        return InputError(
            f"{self.where}: {shown}. Allowed: {allowed}. Fetch it again, or mend the mirror."
        )

    def within(self, most: int) -> "Blob":
        """Itself, where it is not too large."""
        if len(self.data) > most:
            raise self.refused(f"has {len(self.data):,} bytes", f"at most {most:,}")
        return self
