"""Networks: what stands around a cell. Layers, two directions, an encoder, padding, a front end.

    network          the whole of it, with the task's front end and dropout; `build` makes it
    layers           stacked layers                        bidirectional    both directions
    encoder_decoder  sequence to sequence                  padded           sequences of any length
    around           what they share: a cell around another one, or around copies of it

Each is a cell made of cells, a pure step like any other, so that remedies, kernels and probes work
through it. What a step must know besides its input comes in as columns behind the input's own.
"""
