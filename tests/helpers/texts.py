"""The tasks on texts and music, by name."""

SIZES = {
    "shakespeare_chars": (1_003_853, 55_769, 55_769),
    "ptb_chars": (5_017_481, 393_041, 442_422),
    "ptb_words": (929_588, 73_759, 82_429),
    "ptb_words_1k": (929_588, 73_759, 82_429),
    "jsb_chorales": (229, 76, 77),
    "nottingham": (909, 238, 234),
    "surname_language": (14_407, 1786, 1793),
    "language_surname": (14_407, 1786, 1793),
    "sst2": (6920, 872, 1821),
    "rt_polarity": (8542, 1064, 1056),
}
TEXTS = [name for name in SIZES if name.endswith(("_chars", "_words", "_1k"))]
MUSIC = ["jsb_chorales", "nottingham"]
VARIABLE = [name for name in SIZES if name not in TEXTS]
