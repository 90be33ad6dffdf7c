"""Experiment 0: how often the verdicts cry wolf on this machine, and what they find."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, {"verdict_honesty"})
