"""Account watchers by the names of programs and accounts, for callers in Python."""

import operator
from collections import Counter
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.errors import UsageError
from slonana_analysis.kernels.asynchronous.names import signed, unsigned
from slonana_analysis.kernels.asynchronous.rules import (
    MAX_WATCHERS,
    MAX_WATCHERS_PER_PROGRAM,
    REFUSED,
    Trigger,
)
from slonana_analysis.kernels.asynchronous.watcher_calls import (
    ACTIVE,
    EXECUTIONS,
    ID,
    LAST_SLOT,
    LENGTH,
    OFFSET,
    PATTERN,
    THRESHOLD,
    TRIGGER,
    check_watchers,
    empty_table,
)

Data: TypeAlias = bytes | bytearray | memoryview | NDArray[np.uint8]

_FEW = 32
_LARGEST_TRIGGER = 255
_NOTHING = np.empty(0, np.uint8)


@dataclass(frozen=True)
class Watcher:
    """A watcher as it stands.

    Attributes
    ----------
    program, account : str
        Who watches whom.
    trigger : int
        `Trigger`, or another code, which never fires.
    active : bool
        Whether it is asked at all.
    executions, last_slot : int
        How often it fired, and at which slot last; 0 before the first time.
    state : bytes
        The account's data when it last fired; empty before the first time.
    """

    program: str
    account: str
    trigger: int
    active: bool
    executions: int
    last_slot: int
    state: bytes


class _Account:
    """The watchers of one account, in the order of their creation."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.programs: list[str] = []
        self.table = empty_table(_FEW)
        self.patterns = _NOTHING
        self.fired = np.empty(_FEW, np.int64)
        self.states: NDArray[Any] = np.full(_FEW, b"", object)

    def add(self, program: str, fields: dict[int, int], pattern: bytes) -> int:
        """Add a watcher and return its column."""
        column = len(self.programs)
        if column == len(self.fired):
            self._grow()
        self.programs.append(program)
        for row, value in fields.items():
            self.table.view(np.int64)[row, column] = value
        self.table[ACTIVE, column] = 1
        self.table[PATTERN, column] = self.patterns.size
        self.table[LENGTH, column] = len(pattern)
        self.patterns = np.concatenate((self.patterns, np.frombuffer(pattern, np.uint8)))
        return column

    def _grow(self) -> None:
        room = len(self.fired)
        self.table = np.concatenate((self.table, empty_table(room)), axis=1)
        self.fired = np.empty(2 * room, np.int64)
        self.states = np.concatenate((self.states, np.full(room, b"", object)))


class Watchers:
    """What the validator calls its account watcher manager."""

    def __init__(self) -> None:
        self._accounts: dict[str, _Account] = {}
        self._places: list[tuple[_Account, int]] = []
        self._of_program: Counter[str] = Counter()

    def create(self, program: str, account: str, trigger: int) -> int:
        """Create a plain watcher.

        Parameters
        ----------
        program : str
            Whose it is; at most 32 each, and 256 in all where a plain one is created.
        account : str
            Whom it watches.
        trigger : int
            `Trigger`; other codes to 255 are accepted and never fire. ``ABOVE`` and ``BELOW`` look
            at offset 0 for a threshold of 0, ``PATTERN`` has an empty pattern and never fires.

        Returns
        -------
        int
            Identifier, from 1; 0 where the watcher was refused.

        Raises
        ------
        UsageError
            If the trigger does not fit a byte.
        """
        code = operator.index(trigger)
        if not 0 <= code <= _LARGEST_TRIGGER:
            raise UsageError(f"a watcher's trigger is 0 to {_LARGEST_TRIGGER}, not {trigger}")
        if len(self._places) >= MAX_WATCHERS:
            return REFUSED
        return self._add(program, account, {TRIGGER: code})

    def create_threshold(
        self, program: str, account: str, trigger: int, *, offset: int, threshold: int
    ) -> int:
        """Create a watcher of a number in the account's data.

        It fires when the number passes the threshold, not while it lies beyond it.

        Parameters
        ----------
        program, account : str
            Who watches whom; only the 32 watchers of a program are a limit here.
        trigger : int
            ``ABOVE`` or ``BELOW``; others are refused.
        offset : int
            Byte at which the number begins: eight bytes, signed, the lowest first.
        threshold : int
            What it has to pass.

        Returns
        -------
        int
            Identifier, from 1; 0 where the watcher was refused.

        Raises
        ------
        UsageError
            If offset or threshold do not fit 64 bits.
        """
        place = unsigned("a watcher's offset", offset)
        limit = signed("a watcher's threshold", threshold)
        if trigger not in (Trigger.ABOVE, Trigger.BELOW):
            return REFUSED
        fields = {TRIGGER: operator.index(trigger), OFFSET: place, THRESHOLD: limit}
        return self._add(program, account, fields)

    def create_pattern(self, program: str, account: str, pattern: bytes, *, offset: int) -> int:
        """Create a watcher that fires when a pattern appears.

        Parameters
        ----------
        program, account : str
            Who watches whom; only the 32 watchers of a program are a limit here.
        pattern : bytes
            What has to appear; an empty one is refused.
        offset : int
            Byte at which it has to appear.

        Returns
        -------
        int
            Identifier, from 1; 0 where the watcher was refused.

        Raises
        ------
        UsageError
            If the offset does not fit 64 bits.
        """
        place = unsigned("a watcher's offset", offset)
        if not pattern:
            return REFUSED
        fields = {TRIGGER: int(Trigger.PATTERN), OFFSET: place}
        return self._add(program, account, fields, bytes(pattern))

    def _add(self, program: str, account: str, fields: dict[int, int], pattern: bytes = b"") -> int:
        if self._of_program[program] >= MAX_WATCHERS_PER_PROGRAM:
            return REFUSED
        watched = self._accounts.get(account)
        if watched is None:
            watched = self._accounts[account] = _Account(account)
        identifier = len(self._places) + 1
        column = watched.add(program, {**fields, ID: identifier}, pattern)
        self._places.append((watched, column))
        self._of_program[program] += 1
        return identifier

    def check(
        self, account: str, old: Data, new: Data, *, lamports: tuple[int, int], slot: int
    ) -> NDArray[np.int64]:
        """Fire the watchers of an account whose trigger a change meets.

        Parameters
        ----------
        account : str
            Whose state changed; one that nobody watches fires nothing.
        old, new : bytes or ndarray of uint8, shape (n_bytes,)
            Its data before and after.
        lamports : (int, int)
            Its lamports before and after.
        slot : int
            When; no watcher fires twice in a slot, or in slot 0 before it fired in any other.

        Returns
        -------
        ndarray of int64, shape (n_fired,)
            Identifiers of those that fired, in the order of their creation.

        Raises
        ------
        UsageError
            If lamports or slot are no unsigned numbers of 64 bits.
        """
        present = unsigned("a slot", slot)
        before, after = (unsigned("an account's lamports", each) for each in lamports)
        watched = self._accounts.get(account)
        if watched is None:
            return np.empty(0, np.int64)
        old_bytes, new_bytes = _as_bytes(old), _as_bytes(new)
        count = check_watchers(
            watched.table,
            watched.patterns,
            len(watched.programs),
            old_bytes,
            new_bytes,
            before,
            after,
            present,
            watched.fired,
        )
        columns = watched.fired[:count]
        if count:
            # One copy for all: nobody changes it.
            watched.states[columns] = new_bytes.tobytes()
        fired: NDArray[np.int64] = watched.table[ID, columns].astype(np.int64)
        return fired

    def set_active(self, identifier: int, *, active: bool) -> bool:
        """Let a watcher be asked or not, and return whether there is such a watcher."""
        number = operator.index(identifier)
        if not 1 <= number <= len(self._places):
            return False
        watched, column = self._places[number - 1]
        watched.table[ACTIVE, column] = active
        return True

    def watcher(self, identifier: int) -> Watcher | None:
        """Return a watcher as it stands, or None where there is no such watcher."""
        number = operator.index(identifier)
        if not 1 <= number <= len(self._places):
            return None
        watched, column = self._places[number - 1]
        stored = watched.table[:, column]
        return Watcher(
            program=watched.programs[column],
            account=watched.name,
            trigger=int(stored[TRIGGER]),
            active=bool(stored[ACTIVE]),
            executions=int(stored[EXECUTIONS]),
            last_slot=int(stored[LAST_SLOT]),
            state=watched.states[column],
        )


def _as_bytes(data: Data) -> NDArray[np.uint8]:
    if isinstance(data, np.ndarray):
        return np.ascontiguousarray(data, np.uint8)
    return np.frombuffer(data, np.uint8)
