"""Experiment 60: the validator's inference kernels against C, NumPy and the roofs."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, {"ml_inference"})
