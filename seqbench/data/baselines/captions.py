"""What the nearest picture's text achieves as a caption."""

from functools import cache

import numpy as np

from seqbench.data.baselines.overlap import corrected_chrf
from seqbench.data.formats.captioned import Parts


@cache
def nearest(parts: Parts) -> float:
    """Corrected chrF on test of the text of the nearest picture of train, by squared difference."""
    train, _, test = parts()
    far = np.square(train.pictures).sum(-1) - 2 * test.pictures @ train.pictures.T
    return corrected_chrf([train.texts[i] for i in far.argmin(-1)], test.texts)
