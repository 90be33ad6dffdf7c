"""Notebooks executed, figures, flame graphs, tables, and the static site of a run."""

import lazy_loader

# Submodules that notebooks reach through the front door; loaded when first used.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__, {"figures", "studies", "tables", "views"}
)
