"""What the guide says about the processor: profiling it, unrolling loops for it."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, {"loop_unrolling"})
