"""Noise-free counts: how many instructions a repetition, or a whole command, executes."""
