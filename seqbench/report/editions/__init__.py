"""The same content as a page (HTML), as a paper (PDF) and as the README's picture."""
