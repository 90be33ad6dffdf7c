"""Where numba keeps the machine code of this package."""

from typing import Any

import numba

from slonana_analysis.native.fingerprint import fingerprinted_directory


def keep_machine_code() -> None:
    """Set where this process keeps machine code, unless ``NUMBA_CACHE_DIR`` is set already.

    Rooms with compiled functions call it before they define any: numba would otherwise run what
    it compiled from older sources, for it looks only at the file of the outermost function.
    """
    config: Any = numba.config
    if not config.CACHE_DIR:
        config.CACHE_DIR = str(fingerprinted_directory("numba"))
