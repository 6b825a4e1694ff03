"""No remedy: training as it comes

    g <- g

Gradient: it vanishes or explodes as the cell lets it; every other remedy is compared with this one.
Not another remedy at strength 0: it acts at no point of training, so added to another remedy (with
`+`) it changes nothing.
Source: werbos1990
"""

from dataclasses import dataclass

from seqbench.remedy import Remedy


@dataclass(frozen=True, kw_only=True)
class Nothing(Remedy):
    pass
