"""The interactive flame graph: one implementation for notebooks and for pages without a network."""

import lazy_loader

# A widget needs a quarter of a second of imports, which a page is spared.
__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, {"widget"})
