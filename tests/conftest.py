"""What every test gets: pictures without a display, settled hypothesis runs, reasons to skip."""

import os
import signal
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, settings

from slonana_analysis.experiments.compiled import compiled_code_environment
from tests.requirements import REQUIREMENTS

# Before matplotlib is imported anywhere, and inherited by the processes that tests start.
os.environ["MPLBACKEND"] = "Agg"
# Before numba is: a test must never run machine code compiled from sources that have changed.
os.environ.update(compiled_code_environment())

# A shell has what it starts with '&' ignore Ctrl-C, and with it all that tests start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes says more about the machine than about the code.
settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("local"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Skip what this machine cannot run; each requirement is tried once, and only if asked for."""
    for item in items:
        for marker, problem in REQUIREMENTS.items():
            if item.get_closest_marker(marker) is None:
                continue
            reason = problem()
            if reason is not None:
                item.add_marker(pytest.mark.skip(reason=f"{marker}: {reason}"))
