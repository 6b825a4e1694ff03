"""axe-core looks for barriers in a page. It is no part of the project; `.ci/browser` fetches it."""

import os
from pathlib import Path

from tests.helpers.browser.page import Page

GRAVE = ("serious", "critical")


def source() -> Path:
    """Where the script is, if it is there."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "seqbench" / "axe.min.js"


def barriers(page: Page, within: str = "document") -> list[str]:
    """Every serious or critical violation: the rule, and the first place."""
    page.run(source().read_text(encoding="utf-8") + "; true")
    found = page.run(
        f"axe.run({within}, {{resultTypes: ['violations']}}).then(({{violations}}) => "
        "violations.map((v) => [v.impact, v.id, v.nodes.length, v.nodes[0].html.slice(0, 200), "
        "v.nodes[0].failureSummary]))"
    )
    assert isinstance(found, list)
    return [str(one) for one in found if one[0] in GRAVE]
