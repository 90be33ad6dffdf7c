"""Arrays in, numbers out: robust means and intervals. Nothing here knows what was measured."""
