"""claims.csv: the verdict on every claim of the ledger, from this run alone.

The verdict goes by the claim's own p: each is a question that somebody else asked before. Many are
asked, so p_holm stands beside it, corrected for all claims that this run tests.
"""

import pandas as pd

from seqbench.analysis.methods.statistics import holm
from seqbench.analysis.tidy import Tables

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
    "kind": ("str", "analytic, ordering, threshold, value or ratio"),
    "evidence": ("str", "seen in the source, second-hand or unverified"),
    "tier": ("str", "cost: Z, S, M, L or G"),
    "source": ("str", "key of the bibliography"),
    "place": ("str", "where in it, and which version"),
    "reported": ("str", "the published number"),
    "statement": ("str", "what is claimed"),
}


def make(tables: Tables) -> pd.DataFrame:
    """The derived table, as `seqbench.analysis` writes it: in the order of the ledger."""
    from seqbench.claims.reader import ledger
    from seqbench.claims.runs import Runs
    from seqbench.claims.verdicts import judge

    runs, rows = Runs(tables), []
    for claim in ledger().values():
        found = judge(claim, runs)
        tested = found.verdict != "not run"
        rows.append(
            {
                **found._asdict(),
                "claim": claim.id,
                "rows": found.where,
                "behind": " ".join("/".join(key) for key in found.behind),
                "analogue": tested and claim.scaled_down is not None,
                "scaled_down": claim.scaled_down or "",
                "kind": claim.kind,
                "evidence": claim.evidence,
                "tier": claim.tier,
                "source": claim.source.key,
                "place": f"{claim.source.version}: {claim.source.place}",
                "reported": claim.reported.number or "",
                "statement": claim.statement,
            }
        )
    types = {name: kind for name, (kind, _) in COLUMNS.items()}
    frame = pd.DataFrame(rows).drop(columns="where")
    frame["p_holm"] = holm(frame["p"])
    return frame[list(COLUMNS)].astype(types)
