"""The theorems behind the analytic claims, a module per subject; `..analytic` lists them."""
