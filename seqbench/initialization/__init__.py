"""What the gradient does in a cell at initialization: measured, not trained.

    dL/ds_t = (ds_T/ds_t)^T dL/ds_T          L = <u, h_T>, u a random direction of length 1

s_t is everything that the cell hands on from step to step and that its weights can change, h what
the readout sees of it. Weights are drawn as for training; inputs are two numbers per step from
N(0, 1); all is computed in float64. How fast |dL/ds_t| grows with the lag T - t is the largest
Lyapunov exponent of the cell's motion; its sign is what is called exploding or vanishing.

    weights   draws of the initial weights, side by side
    gradient  |dL/ds_t| by lag
    jacobian  singular values of ds_T/ds_t
    newton    iterations of all steps at once that stand for the loop over them
    card      all of it in one record, with a class
    pairs     weights with an input each, and a remedy's gradient by the weights
    kept      how many numbers a way to the gradient keeps
    estimate  a remedy's gradient beside the exact one
    tables    the records of a whole matrix, as parquet
    drawing   one record for a terminal, with `canvas`

Source: hochreiter1991, bengio1994, pascanu2013, benettin1980, lim2024, gonzalez2025
"""
