"""Timing that can be believed: clock, sinks, the paired harness, host facts, roofs."""
