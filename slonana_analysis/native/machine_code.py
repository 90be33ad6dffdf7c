"""Where numba keeps the machine code of this package, and when it has to make some.

References
----------
numba manual, "Notes on Caching" and "Event API".
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numba
from numba.core import event

from slonana_analysis.native.fingerprint import fingerprinted_directory


def keep_machine_code() -> None:
    """Set where this process keeps machine code, unless ``NUMBA_CACHE_DIR`` is set already.

    Rooms with compiled functions call it before they define any: numba would otherwise run what
    it compiled from older sources, for it looks only at the file of the outermost function.
    """
    config: Any = numba.config
    if not config.CACHE_DIR:
        config.CACHE_DIR = str(fingerprinted_directory("numba"))


@contextmanager
def told_of_compiling(tell: Callable[[], None]) -> Iterator[None]:
    """Call ``tell`` once if anything is compiled meanwhile, before it is: that takes a while.

    Machine code that is found on disk is not compiled.
    """
    with event.install_listener("numba:compile", _FirstCompilation(tell)):
        yield


class _FirstCompilation(event.Listener):
    def __init__(self, tell: Callable[[], None]) -> None:
        self._tell: Callable[[], None] | None = tell

    def on_start(self, event: Any) -> None:  # noqa: ANN401, ARG002  # numba's protocol
        tell, self._tell = self._tell, None
        if tell is not None:
            tell()

    def on_end(self, event: Any) -> None:  # noqa: ANN401  # numba's protocol
        pass
