"""A network over whole sequences: as kernels, as a scan, or step by step."""
