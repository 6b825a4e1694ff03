"""What stands around a cell: layers, a second direction, an encoder, a mask, a front end.

Each is a cell made of cells, a pure step like any other, so that remedies, kernels and probes work
through it. What a step must know besides its input comes in as columns behind the input's own.
"""
