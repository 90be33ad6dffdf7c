"""perf.data read directly: its records, the stacks of its samples and their symbols."""
