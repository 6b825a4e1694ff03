"""What guessing and the simplest rules achieve: chance levels and pass marks of real data."""
