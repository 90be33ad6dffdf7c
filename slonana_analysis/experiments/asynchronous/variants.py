"""Who is compared in experiment 61, and what is missing here."""

from collections.abc import Iterator

from slonana_analysis.errors import UnavailableError
from slonana_analysis.model.observation import observed
from slonana_analysis.native.asynchronous import Layout, asynchronous_library

EXPERIMENT_NAME = "async_execution"

OBJECTS_NAME = "C++, validator's objects (more work)"
ARRAYS_NAME = "C, our arrays"
NUMBA_NAME = "numba, our arrays"
SCAN_NAME = "numba, scan of all timers"
PYTHON_NAME = "called from Python"

_COMPILED: tuple[tuple[Layout, str], ...] = (("objects", OBJECTS_NAME), ("arrays", ARRAYS_NAME))


@observed()
def missing_layout(layout: Layout) -> str:
    """Return why a layout cannot be had here; empty where it can."""
    try:
        asynchronous_library(layout)
    except UnavailableError as error:
        return str(error)
    return ""


def compiled_layouts() -> Iterator[tuple[Layout, str]]:
    """Yield the layouts that can be compiled here, with the names of their variants."""
    for layout, name in _COMPILED:
        if not missing_layout(layout):
            yield layout, name
