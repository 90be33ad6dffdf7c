"""Performance analysis of the Slonana validator, measured on the machine you stand on.

The names below are the front door for notebooks; each is loaded when it is first used, so that
importing the package costs nothing. ``help(name)`` gives shapes, units and errors.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
