"""DeltaNet: linear attention with the delta rule

    q, k, v = x_t W^T + b                    three blocks of H; q, k: then of silu, to length 1
    beta = s(x_t w^T + c)                    one number; twice that for eigenvalues -1..1
    S_t = S_{t-1} (I - beta k k^T) + beta v k^T            H x H numbers
    h_t = S_t q

Gradient: a step back multiplies it by I - beta k k^T: 1 for all that lies under other keys, and
1 - beta under this one, so it cannot explode, and what vanishes was written over.
Not linear attention, which adds to what lies under a key, and not a recurrence that leaves numbers
apart: keys mix, so it is not scanned. With eigenvalues 0..1 it cannot tell odd from even counts.
Our deviation: one head and only the layer, without convolution, norm, projection and depth; q, k
and v have a bias, as x may be 0.
Source: yang2024delta, grazzi2025
"""

from dataclasses import dataclass

from seqbench.cells._delta_rule import DeltaRule


@dataclass(frozen=True, kw_only=True)
class DeltaNet(DeltaRule):
    pass
