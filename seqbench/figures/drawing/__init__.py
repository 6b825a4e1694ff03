"""What the figures share: one style, and the kinds of plots that several of them use."""
