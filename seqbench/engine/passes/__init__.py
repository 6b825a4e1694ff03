"""A network over whole sequences: as kernels, as a scan, or step by step.

forward        the one forward pass; `choose` says by which engine
unroll         one step after the other                 scan     all steps at once, linear cells
batch_padding  so that no bit depends on the company    windows  of a long text; padded sequences
aligned        the same of matrices of odd sizes         acting   what remedies do between two steps
merged         and whether that is the same              unknown  what a kernel cannot be made with
whole_vectors  the same of functions of weights          glimpse  what a penalty sees of kernels
by_numbers     the same of products by a constant       fed_back what was said, read again
"""
