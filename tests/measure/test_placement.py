import os
import subprocess
import sys

import pytest

from slonana_analysis.measure import placement


@pytest.mark.parametrize("name", ["python3", "a b", ") 1 2 ("])
def test_the_processor_is_read_past_any_process_name(name):
    fields = [str(number) for number in range(4, 53)]
    assert placement._current_cpu(f"123 ({name}) S {' '.join(fields)}\n") == 39


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="processes cannot be pinned here")
def test_a_process_stays_where_it_is():
    # In a process of its own: the one that runs the tests shall stay free.
    code = (
        "import os; from slonana_analysis.measure.placement import stay_on_this_cpu; "
        "print(stay_on_this_cpu(), *os.sched_getaffinity(0))"
    )
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    cpu, *allowed = map(int, output.stdout.split())
    assert allowed == [cpu]


def test_where_nothing_can_be_pinned_it_says_so(monkeypatch):
    monkeypatch.delattr(os, "sched_setaffinity", raising=False)
    assert placement.stay_on_this_cpu() == placement.UNPINNED
