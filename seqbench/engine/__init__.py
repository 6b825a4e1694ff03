"""The engine: trains stacks of trials of any cell under any remedy on any task.

train        a stack from its initial weights to its records; with
             loop (one update), updates (or its recording on a GPU), validation, frozen (weights),
             stopping, finish
trial        what is trained, and which trials may form a stack
stack        trials side by side, made of tensors and traces; with initial_weights, optimizers
spans        which of its rows go together, and beside: remedies, each on its own rows
source       batches, from the random streams of every seed, and what is held out (held_out)
drawing      the sequences of an update, as long as the task's own or as a remedy says
contracts    whether a task keeps its promises, and batches theirs
probes       what is measured about gradients
outcome      the record of a trial, with events (explosions), footprint (what training takes) and
             further (tests at other lengths), parallel (what else is measured)
setup        what all trials of a job have in common
rehearsal    whether a stack fits into memory
company      before a stack trains: whether its trials come out as they do alone
audit        while it trains: one update made again, alone
remembered   what remedies keep from one update to the next
made         weights that remedies make, and the way back to those that are trained
dispatch     what is asked for at every operation of torch
faults       which remedy of a stack is to blame
rules        what a variant must not do, and the sentence that says where it does

passes/      a network over whole sequences         scoring/   scores on held-out sequences
fused/       kernels made from a cell's step        machine/   device, memory, graphs, store
purity/      proofs that variants are pure functions of each trial's own rows
"""
