"""Comparisons: whether one may be made at all, then effect, interval and verdict."""
