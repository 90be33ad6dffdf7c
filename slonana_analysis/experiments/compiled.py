"""Where processes keep what numba compiled, so that none ever runs machine code of older sources.

numba looks only at the file of the outermost function when it decides whether its cache is fresh; a
kernel inlined from another file may have changed all the same.
"""

from slonana_analysis.native.fingerprint import fingerprinted_directory


def compiled_code_environment() -> dict[str, str]:
    """Return the environment variables that tie numba's cache to the suite's present sources."""
    return {"NUMBA_CACHE_DIR": str(fingerprinted_directory("numba"))}
