"""Interns the names, stacks and threads of a file while it is read, then makes the tables of them.

Names are stored once and a stack is one integer, so memory grows with what differs in a file and
not with its length.
"""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from slonana_analysis.errors import FormatError
from slonana_analysis.model import schema
from slonana_analysis.model.profile import LossLedger, Profile

NO_STACK = -1
# A cache, not a table: forgetting it costs time and never changes a result.
_REMEMBERED_STACKS = 100_000
_LARGEST_WEIGHT = 2.0**62


@dataclass(frozen=True)
class Description:
    """What a profile says of itself beside its tables; fields as in ``Profile``."""

    format: str
    tool: str
    unit: str
    loss: LossLedger
    header: dict[str, str] = field(default_factory=dict)


class ProfileBuilder:
    """Collects samples and answers with the row numbers they refer to."""

    def __init__(self) -> None:
        self._frames: dict[tuple[str, str, str, int], int] = {}
        self._frame_list: list[tuple[str, str, str, int]] = []
        self._threads: dict[tuple[int, int, str], int] = {}
        self._events: dict[str, int] = {}
        self._nodes: dict[tuple[int, int], int] = {}
        self._stacks: dict[tuple[int, ...], int] = {}
        self._samples = _SampleColumns()

    @property
    def samples(self) -> int:
        """Number of samples so far."""
        return len(self._samples.weight)

    def frame(self, function: str, module: str, file: str = "", line: int = 0) -> int:
        """Return the row of a frame; ``file`` and ``line`` are empty and 0 where unknown."""
        key = (function, module, file, line)
        row = self._frames.setdefault(key, len(self._frame_list))
        if row == len(self._frame_list):
            self._frame_list.append(key)
        return row

    def frame_at(self, row: int, file: str, line: int) -> int:
        """Return the row of the frame that is frame ``row`` at this source line."""
        function, module, _, _ = self._frame_list[row]
        return self.frame(function, module, file, line)

    def thread(self, process: int, thread: int, name: str) -> int:
        """Return the row of a thread; ids are -1 where unknown."""
        return self._threads.setdefault((process, thread, name), len(self._threads))

    def event(self, name: str) -> int:
        """Return the code of an event."""
        return self._events.setdefault(name, len(self._events))

    def node(self, stack: Sequence[int]) -> int:
        """Return the call-tree node of a stack.

        Parameters
        ----------
        stack : sequence of int
            Rows of frames, innermost first.

        Returns
        -------
        int
            Row of the innermost node; -1 for an empty stack.
        """
        key = tuple(stack)
        node = self._stacks.get(key)
        if node is None:
            if len(self._stacks) >= _REMEMBERED_STACKS:
                self._stacks.clear()
            node = self._stacks[key] = self._grow(key)
        return node

    def child(self, node: int, frame: int) -> int:
        """Return the node of a frame that ``node`` calls; -1 calls the outermost frames."""
        return self._nodes.setdefault((node, frame), len(self._nodes))

    def _grow(self, stack: tuple[int, ...]) -> int:
        nodes, node = self._nodes, NO_STACK
        for frame in reversed(stack):
            node = nodes.setdefault((node, frame), len(nodes))
        return node

    def add(self, node: int, thread: int, time_ns: int, weight: int, event: int) -> None:
        """Append one sample; fields as in ``schema.PROFILE_SAMPLES``, ``event`` as its code."""
        columns = self._samples
        columns.node.append(node)
        columns.thread.append(thread)
        columns.time_ns.append(time_ns)
        columns.weight.append(weight)
        columns.event.append(event)

    def add_all(
        self,
        node: NDArray[np.int64],
        thread: int,
        time_ns: NDArray[np.int64],
        weight: NDArray[np.int64],
        event: int,
    ) -> None:
        """Append samples of one thread and event; arrays of one length, otherwise as `add`."""
        columns = self._samples
        columns.node.frombytes(node.astype(np.int32).tobytes())
        columns.thread.frombytes(np.full(node.size, thread, np.int32).tobytes())
        columns.time_ns.frombytes(time_ns.astype(np.int64).tobytes())
        columns.weight.frombytes(weight.astype(np.int64).tobytes())
        columns.event.frombytes(np.full(node.size, event, np.int32).tobytes())

    def build(self, description: Description, source: str) -> Profile:
        """Return the profile of everything added.

        Parameters
        ----------
        description : Description
            Format, tool, unit, ledger and header.
        source : str
            Name of the file, for the error.

        Returns
        -------
        Profile
            Tables with the columns and dtypes of ``schema``.

        Raises
        ------
        FormatError
            If the weights add up to more than a 64-bit integer holds, which no recording does.
        """
        samples = self._samples.frame(list(self._events))
        if np.abs(samples["weight"].to_numpy(np.float64)).sum() > _LARGEST_WEIGHT:
            raise FormatError(
                f"the sample weights in {source} add up to more than 64 bits hold, so the file is "
                "damaged; write it again from the recording"
            )
        nodes = self._node_table()
        # A frame that was moved to its source line, or whose sample was dropped, is in no stack.
        used = np.unique(nodes["frame"].to_numpy())
        return Profile(
            format=description.format,
            tool=description.tool,
            event=",".join(self._events),
            unit=description.unit,
            frames=self._frame_table(used),
            nodes=schema.NODES.conform(nodes.assign(frame=np.searchsorted(used, nodes["frame"]))),
            threads=self._thread_table(),
            samples=schema.PROFILE_SAMPLES.conform(samples),
            loss=description.loss,
            header=description.header,
        )

    def _frame_table(self, used: NDArray[np.int32]) -> pd.DataFrame:
        rows = [self._frame_list[row] for row in used]
        return schema.FRAMES.conform(
            pd.DataFrame(
                {
                    "function": _category(row[0] for row in rows),
                    "module": _category(row[1] for row in rows),
                    "file": _category(row[2] for row in rows),
                    "line": np.array([row[3] for row in rows], np.int32),
                }
            )
        )

    def _node_table(self) -> pd.DataFrame:
        pairs = np.fromiter(
            (number for pair in self._nodes for number in pair), np.int32, 2 * len(self._nodes)
        ).reshape(-1, 2)
        return pd.DataFrame({"parent": pairs[:, 0], "frame": pairs[:, 1]})

    def _thread_table(self) -> pd.DataFrame:
        rows = list(self._threads)
        return schema.THREADS.conform(
            pd.DataFrame(
                {
                    "process": np.array([row[0] for row in rows], np.int64),
                    "thread": np.array([row[1] for row in rows], np.int64),
                    "name": _category(row[2] for row in rows),
                }
            )
        )


class _SampleColumns:
    """The columns of ``schema.PROFILE_SAMPLES`` while they grow."""

    def __init__(self) -> None:
        self.node = array("i")
        self.thread = array("i")
        self.time_ns = array("q")
        self.weight = array("q")
        self.event = array("i")

    def frame(self, events: list[str]) -> pd.DataFrame:
        codes = np.array(self.event, np.int32)
        return pd.DataFrame(
            {
                "node": np.array(self.node, np.int32),
                "thread": np.array(self.thread, np.int32),
                "time_ns": np.array(self.time_ns, np.int64),
                "weight": np.array(self.weight, np.int64),
                "event": pd.Categorical.from_codes(codes, categories=pd.Index(events, dtype="str")),
            }
        )


def _category(values: Iterable[str]) -> pd.Categorical:
    names: dict[str, int] = {}
    codes = [names.setdefault(value, len(names)) for value in values]
    return pd.Categorical.from_codes(codes, categories=pd.Index(list(names), dtype="str"))
