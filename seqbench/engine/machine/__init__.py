"""The machine: device, memory, recorded graphs, and the store of finished trials."""
