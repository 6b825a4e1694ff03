"""The same kernels for CUDA, in Triton, which is imported when the first one is made.

numerics   elementary functions, formula by formula those of the C
helpers    what a kernel calls: products, and the limits of what is handed back
pieces     one run of pointwise operations, one reduction, one sum of products
schedule   the order of work: that of C
emit       the source of `forward` and `backward`: one program per trial, the steps in a loop inside
build      write the source to a file, from which Triton reads it
kernel     compile, launch

Triton gives no order to what the threads of a program write and read in global memory. So all wait
for each other after every piece, no piece reads what it has written, the loop over steps is a
`while` (never pipelined) and loads ahead of time are turned off.
"""
