import subprocess
import sys

import pytest

from slonana_analysis.native.build import shared_library

pytestmark = pytest.mark.requires_cc

_PROGRAM = """
import ctypes, time

library = ctypes.CDLL(None)
clocks = (time.CLOCK_MONOTONIC, time.CLOCK_REALTIME)
readings = [time.clock_gettime_ns(clock) for clock in clocks for _ in range(2)]
assert readings[0] <= readings[1] < readings[2]
try:
    time.clock_gettime(12345)
except OSError:
    pass
else:
    raise AssertionError("no such clock, and no error")
seen = [library.counting_disarm()]
for calls in range(4):
    library.counting_arm()
    for _ in range(calls):
        time.monotonic()
    seen.append(library.counting_disarm())
print(seen)
"""


def test_it_is_an_ordinary_clock_that_counts_its_readings():
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        env={"LD_PRELOAD": str(shared_library("counting_clock"))},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[-1, 0, 1, 2, 3]\n"
