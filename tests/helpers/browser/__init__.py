"""A real browser for tests of the page: Chromium without a window, spoken to over a pipe."""
