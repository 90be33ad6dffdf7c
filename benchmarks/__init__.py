"""Ours against others', side by side. Run as ``python -m benchmarks.run``."""
