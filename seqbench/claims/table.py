"""claims.csv: the verdict on every claim of the ledger, from this run alone.

The verdict goes by the claim's own p: each is a question that somebody else asked before. Many are
asked, so p_holm stands beside it, corrected for all claims that this run tests.

A derived table like those of `seqbench.analysis.tables`, but of a package that stands above them:
`seqbench.results` makes and loads it with them.
"""

from pathlib import Path

import pandas as pd

from seqbench.analysis import tidy
from seqbench.analysis.columns import typed
from seqbench.analysis.methods.statistics import holm
from seqbench.analysis.tidy import Tables
from seqbench.claims.claim import ONE_WAY
from seqbench.claims.reader import ledger
from seqbench.claims.runs import Runs
from seqbench.claims.verdicts import judge, one_way

FILE = "tables/claims.csv"

# name: (dtype, meaning)
COLUMNS = {
    "claim": ("str", "id: T textbook, A analytic, S synthetic tasks, R real data"),
    "verdict": ("str", "supported, contradicted, inconclusive or not run"),
    "effect": ("float64", "what was found, in the unit; of several tests the one that decides"),
    "low": ("float64", "95 % interval"),
    "high": ("float64", "95 % interval"),
    "unit": ("str", "of the effect"),
    "threshold": ("float64", "what the effect is compared with, in the unit"),
    "p": ("float64", "of the test that decides; empty where there is no chance in it"),
    "p_holm": ("float64", "p, corrected for all claims that were tested (Holm)"),
    "seeds": ("Int64", "of the arm that has fewer"),
    "runs": ("Int64", "trials behind the verdict"),
    "why": ("str", "why it is inconclusive or not run, or what to know about it"),
    "rows": ("str", "the cells, remedies and tasks behind it"),
    "behind": ("str", "the same exactly: task/cell/remedy, parted by spaces"),
    "analogue": ("boolean", "the setting is scaled down: an analogue of the published one"),
    "scaled_down": ("str", "what was changed, and why"),
    "one_way": ("str", "of a level in a smaller setting: what that can say of it; else empty"),
    "kind": ("str", "analytic, ordering, threshold, value or ratio"),
    "evidence": ("str", "seen in the source, second-hand or unverified"),
    "unverified": ("str", "what of the entry nobody checked against the source"),
    "tier": ("str", "cost: Z, S, M, L or G"),
    "source": ("str", "key of the bibliography"),
    "place": ("str", "where in it, and which version"),
    "reported": ("str", "the published number"),
    "statement": ("str", "what is claimed"),
}


def make(tables: Tables) -> pd.DataFrame:
    """A row per claim, in the order of the ledger."""
    runs, rows = Runs(tables), []
    for claim in ledger().values():
        finding = judge(claim, runs)
        tested = finding.verdict != "not run"
        rows.append(
            {
                **finding._asdict(),
                "claim": claim.id,
                "rows": finding.where,
                "behind": " ".join("/".join(key) for key in finding.behind),
                "analogue": tested and claim.scaled_down is not None,
                "scaled_down": claim.scaled_down or "",
                "one_way": ONE_WAY if tested and one_way(claim) else "",
                "kind": claim.kind,
                "evidence": claim.evidence,
                "unverified": ", ".join(claim.unverified),
                "tier": claim.tier,
                "source": claim.source.key,
                "place": f"{claim.source.version}: {claim.source.place}",
                "reported": claim.reported.number or "",
                "statement": claim.statement,
            }
        )
    frame = pd.DataFrame(rows)
    frame["p_holm"] = holm(frame["p"])
    return typed(frame, COLUMNS)


def write(results: Path, tables: Tables) -> None:
    """Judge every claim by the tables of a run, and write the table beside them."""
    tidy.write_csv(results / FILE, make(tables))


def read(results: Path) -> pd.DataFrame:
    """The table that `write` wrote.

    Raises:
        InputError: it is absent, damaged or of another version.
    """
    return tidy.read_csv(results / FILE, COLUMNS)
