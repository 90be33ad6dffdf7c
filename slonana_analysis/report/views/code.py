"""How a notebook shows machine code, and that C could not be compiled."""

from collections.abc import Mapping

from slonana_analysis.experiments.assembly import Loop
from slonana_analysis.experiments.inference.opponents import missing_c
from slonana_analysis.report.listings import LoopListing
from slonana_analysis.report.notices import NotMeasured


def show_loops(loops: Mapping[str, Loop]) -> LoopListing:
    """Return machine code, one block per loop."""
    return LoopListing(loops)


def show_missing_c() -> NotMeasured | None:
    """Return the notice that C could not be compiled here; nothing where it could."""
    if not (reason := missing_c()):
        return None
    why = f"{reason[0].upper()}{reason[1:]}."
    return NotMeasured("the kernels in C, the baseline", why, "NumPy and numba stand alone.")
