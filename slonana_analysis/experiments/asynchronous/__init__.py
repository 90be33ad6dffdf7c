"""Experiment 61: timers and account watchers, the validator's layout against arrays."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, {"async_execution"})
