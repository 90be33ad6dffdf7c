"""Timers by the names of their programs, for callers in Python."""

import operator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.errors import UsageError
from slonana_analysis.kernels.asynchronous.names import Names, unsigned
from slonana_analysis.kernels.asynchronous.rules import CLEANUP_SLOTS, MAX_TIMERS, TimerState
from slonana_analysis.kernels.asynchronous.timer_calls import (
    cancel_timer,
    check_timers,
    clean_up_timers,
    create_timer,
    find_timer,
)
from slonana_analysis.kernels.asynchronous.timer_wheel import new_store

_FEW_PROGRAMS = 64
_LARGEST_MODE = 255


@dataclass(frozen=True)
class Timer:
    """A timer as it is stored.

    Attributes
    ----------
    program : str
        Whose it is.
    mode : int
        `TimerMode`, or another code.
    state : TimerState
        What has become of it.
    trigger_slot, period : int
        When it comes due, and slots until it does so again.
    executions, last_slot : int
        How often it ran, and at which slot last; 0 before the first.
    """

    program: str
    mode: int
    state: TimerState
    trigger_slot: int
    period: int
    executions: int
    last_slot: int


@dataclass(frozen=True)
class TimerStatistics:
    """Counts of timers: ever created, pending now, and runs of those that are still stored."""

    created: int
    pending: int
    executions: int


class Timers:
    """What the validator calls its timer manager."""

    def __init__(self) -> None:
        self._store = new_store()
        self._of_program = np.zeros(_FEW_PROGRAMS, np.int32)
        self._programs = Names()
        self._fired = np.empty(MAX_TIMERS, np.int64)
        self._slot = 0

    def create(self, program: str, mode: int, trigger_slot: int, period: int = 0) -> int:
        """Create a timer.

        Parameters
        ----------
        program : str
            Whose it is; at most 16 each, 1024 in all.
        mode : int
            `TimerMode`; the validator accepts other codes, too.
        trigger_slot : int
            When it comes due; in the past means at the next check, 0 is for conditional ones only.
        period : int
            Slots, at least 1, where ``mode`` is periodic.

        Returns
        -------
        int
            Identifier, from 1; 0 where the timer was refused.

        Raises
        ------
        UsageError
            If a number does not fit the validator's types.
        """
        code = operator.index(mode)
        if not 0 <= code <= _LARGEST_MODE:
            raise UsageError(f"a timer's mode is 0 to {_LARGEST_MODE}, not {mode}")
        slots = unsigned("a timer's slot", trigger_slot), unsigned("a timer's period", period)
        number = self._number(program)  # first, for it may replace the array of counts
        return int(create_timer(self._store, self._of_program, number, code, *slots))

    def _number(self, program: str) -> int:
        number = self._programs.number(program)
        counts = self._of_program
        if number == len(counts):
            self._of_program = np.concatenate((counts, np.zeros_like(counts)))
        return number

    def cancel(self, identifier: int) -> bool:
        """Cancel a timer, and return whether it is stored; done ones can be cancelled, too."""
        return bool(cancel_timer(self._store, operator.index(identifier)))

    def check(self, slot: int) -> NDArray[np.int64]:
        """Run every pending timer whose slot has come.

        Parameters
        ----------
        slot : int
            The present.

        Returns
        -------
        ndarray of int64, shape (n_fired,)
            Identifiers of those that ran.

        Raises
        ------
        UsageError
            If the slot is no unsigned number of 64 bits.
        """
        present = unsigned("a slot", slot)
        self._slot = operator.index(slot)
        count = check_timers(self._store, present, self._fired)
        return self._fired[:count].copy()

    def clean_up(self) -> int:
        """Drop the timers that are done or cancelled, and return how many those were."""
        return int(clean_up_timers(self._store, self._of_program))

    def process_slot(self, slot: int) -> NDArray[np.int64]:
        """Check, and clean up at every hundredth slot, as the validator's engine does.

        Returns
        -------
        ndarray of int64, shape (n_fired,)
            Identifiers of those that ran.

        Raises
        ------
        UsageError
            If the slot is no unsigned number of 64 bits.
        """
        fired = self.check(slot)
        if slot % CLEANUP_SLOTS == 0:
            self.clean_up()
        return fired

    def background_check(self) -> NDArray[np.int64]:
        """Check the present slot again, as a thread of the validator does every tenth of a second.

        Timers that never end run once more; before the first slot nothing happens.

        Returns
        -------
        ndarray of int64, shape (n_fired,)
            Identifiers of those that ran.
        """
        if self._slot == 0:
            return np.empty(0, np.int64)
        return self.check(self._slot)

    def timer(self, identifier: int) -> Timer | None:
        """Return a timer as it is stored; None once it was cleaned up or if it never was."""
        row = find_timer(self._store, operator.index(identifier))
        if row < 0:
            return None
        stored = self._store[0]["timers"][row]
        return Timer(
            program=self._programs.name(int(stored["program"])),
            mode=int(stored["mode"]),
            state=TimerState(int(stored["state"])),
            trigger_slot=int(stored["trigger_slot"]),
            period=int(stored["period"]),
            executions=int(stored["executions"]),
            last_slot=int(stored["last_slot"]),
        )

    @property
    def statistics(self) -> TimerStatistics:
        """How many there are, and how often those that are stored ran."""
        registers = self._store[0]["registers"]
        return TimerStatistics(
            int(registers["issued"]), int(registers["pending"]), int(registers["executions"])
        )
