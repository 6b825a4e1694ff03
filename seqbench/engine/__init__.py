"""The engine: trains stacks of trials of any cell under any remedy on any task."""
