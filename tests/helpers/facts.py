"""What MADE-UP results say of tasks, cells and remedies; see `results`."""

Facts = tuple[str, int, str, bool, float, float, float]  # see FACTS

#        io_shape, lag, metric, larger is better, chance, pass mark, perfect
FACTS: dict[str, Facts] = {
    "adding": ("many_to_one", 49, "mse", False, 1 / 6, 0.0167, 0.0),
    "copy": ("many_to_many", 30, "accuracy", True, 0.125, 0.99, 1.0),
    "temporal_order": ("many_to_one", 36, "accuracy", True, 0.25, 0.99, 1.0),
    "digits": ("many_to_one", 63, "accuracy", True, 0.1, 0.9, 1.0),
    "digits_image": ("one_to_one", 0, "accuracy", True, 0.1, 0.9, 1.0),
    "sunspots": ("many_to_many", 11, "mse", False, 1.0, 0.15, 0.0),
    "pydoc": ("many_to_many", 63, "bits_per_character", False, 4.5, 2.5, 0.0),
    "spelling": ("one_to_many", 9, "accuracy", True, 0.2, 0.95, 1.0),
}
REAL: dict[str, Facts] = {  # only where they are asked for
    "ett": ("many_to_one", 95, "mse", False, 0.9, 0.4, 0.0),
    "emoji_names": ("one_to_many", 43, "chrf", True, 12.0, 22.0, 100.0),
    "omniglot_strokes": ("one_to_many", 39, "mse", False, 0.08, 0.05, 0.0),
    "multi30k_de_en": ("many_to_many", 50, "bleu", True, 1.5, 9.0, 100.0),
    "jsb_chorales": ("many_to_many", 158, "nats_per_frame", False, 11.1, 9.3, 0.0),
    "shakespeare_chars": ("many_to_many", 49, "bits_per_character", False, 4.85, 3.6, 0.0),
}
PRESENT_HELPS = ("digits_image", "sunspots", "pydoc", "spelling", *REAL)
RECORDED = ("digits", "digits_image", "sunspots", "pydoc", *REAL)
FURTHER = {"ett": ("mae",), "emoji_names": ("exact_match",), "multi30k_de_en": ("bleu_beam",)}
SHOWN = 3  # samples of a trial
SEARCHED = 2  # tasks, the first ones, on which the longest lag was looked for
LENGTHS = (10, 20, 40, 80, 160)
FACTORS = (1.0, 2.0, 5.0)
LAGS = (0, 1, 2, 4, 8, 16, 32, 64, 100)  # of the cards

CELLS = ("memoryless", "jordan", "rnn", "gru", "gru_reset_after", "lstm", "lstm_peephole")
TALENT = {"memoryless": 0.0, "jordan": 0.12, "rnn": 0.4, "gru": 0.93, "gru_reset_after": 0.92}

ACTS_AT = {
    "none": "",
    "clip_norm": "transform",
    "clip_value": "transform",
    "truncate": "carry",
    "gradient_penalty": "penalize",
    "weight_penalty": "penalize",
    "small_init": "initialize",
    "identity": "initialize",
    "orthogonal": "initialize",
    "spectral_radius": "initialize",
    "forget_bias": "initialize",
    "freeze_recurrent": "transform",
    "spectral_radius+ridge_readout": "initialize+solve",
    "clip_norm+orthogonal": "initialize+transform",
}
HELP = {"clip_norm": 0.2, "orthogonal": 0.25, "clip_norm+orthogonal": 0.4, "truncate": -0.3}
UNTRAINED = 0.5  # of the skill, where a loop is not trained
# how the gradient changes per step of lag
CELL_RATES = {"memoryless": 0.0, "jordan": 0.7, "rnn": 0.9, "gru": 0.97, "gru_reset_after": 0.975}
BIRTH_RATES = {"small_init": 0.7, "identity": 1.13, "orthogonal": 1.09, "spectral_radius": 1.04}
