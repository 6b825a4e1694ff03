"""No remedy: training as it comes

    g <- g

Gradient: it vanishes or explodes as the cell has it; every other remedy is compared with this one.
Not a remedy with strength 0: this one overrides no verb, and is the unit of `+`.
Source: werbos1990
"""

from dataclasses import dataclass

from seqbench.remedy import Remedy


@dataclass(frozen=True, kw_only=True)
class Nothing(Remedy):
    pass
