"""Profilers as context managers: each leaves a raw file and the facts of its recording."""
