"""One number of a theorem with the bounds that it must keep."""

from dataclasses import dataclass

Row = dict[str, object]


@dataclass(frozen=True)
class Case:
    """claim: its id; words: what was evaluated; low, high: None where any number will do."""

    claim: str
    words: str
    value: float
    low: float | None = None
    high: float | None = None

    def row(self) -> Row:
        """As `seqbench.records.THEOREMS` has it."""
        return {
            "claim": self.claim, "case": self.words, "value": self.value,
            "low": self.low, "high": self.high,
        }  # fmt: skip
