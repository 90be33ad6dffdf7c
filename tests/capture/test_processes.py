"""How programs are started."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from slonana_analysis.capture.processes import heeding_interrupts

_ASKS = "import signal; print(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)"


@pytest.fixture
def interrupts() -> Iterator[Callable[[signal.Handlers], object]]:
    """Set what SIGINT does; put back afterwards."""
    before = signal.getsignal(signal.SIGINT)
    yield lambda handler: signal.signal(signal.SIGINT, handler)
    signal.signal(signal.SIGINT, before)


def started_one_ignores() -> bool:
    answer = subprocess.run(
        [sys.executable, "-c", _ASKS], capture_output=True, text=True, check=True
    )
    return answer.stdout.strip() == "True"


def test_what_is_started_heeds_interrupts_that_we_ignore(
    interrupts: Callable[[signal.Handlers], object],
) -> None:
    interrupts(signal.SIG_IGN)
    assert started_one_ignores()
    with heeding_interrupts():
        assert not started_one_ignores()
        signal.raise_signal(signal.SIGINT)  # and we go on ignoring it
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_what_does_not_ignore_interrupts_is_left_alone() -> None:
    before = signal.getsignal(signal.SIGINT)
    with heeding_interrupts():
        assert signal.getsignal(signal.SIGINT) is before


def test_a_thread_may_start_programs_though_it_may_not_set_handlers(
    interrupts: Callable[[signal.Handlers], object],
) -> None:
    interrupts(signal.SIG_IGN)
    ignoring: list[bool] = []

    def start() -> None:
        with heeding_interrupts():
            ignoring.append(started_one_ignores())

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert ignoring == [True]
