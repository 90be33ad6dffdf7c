"""Collects what a reader finds, and makes one table of it."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from slonana_analysis.errors import FormatError
from slonana_analysis.model import schema
from slonana_analysis.model.bench import BenchResults
from slonana_analysis.readers.benches.fields import quoted

UNKNOWN = "unknown"
NO_PROCESS = -1

_NANOSECONDS = {
    "ns": 1.0,
    "nanoseconds": 1.0,
    "us": 1e3,
    "µs": 1e3,
    "ms": 1e6,
    "s": 1e9,
    "second": 1e9,
    "seconds": 1e9,
}
_OTHER_UNITS = {"byte": "bytes"}

# A few combinations of parameters or a long name over many rows make a small file a large table.
_TABLE_LIMIT = 128 << 20
_ROW_BYTES = 48
_FAILURE_BYTES = 400


class Observations:
    """Values of benchmarks, why others have none, and what else there is to say.

    Parameters
    ----------
    tool : str
        Which tool wrote the file.
    source : str
        What to call the file in errors.
    """

    def __init__(self, tool: str, source: str) -> None:
        self._tool = tool
        self._source = source
        self._values: dict[str, list[NDArray[np.float64]]] = {}
        self._processes: dict[str, list[NDArray[np.int64]]] = {}
        self._units: dict[str, str] = {}
        self._failures: dict[str, str] = {}
        # As keys, so that what is said of many benchmarks is said once.
        self._notes: dict[str, None] = {}
        self._bytes = 0

    def add(
        self,
        name: str,
        values: NDArray[np.float64],
        unit: str,
        process: int | NDArray[np.int64] = NO_PROCESS,
    ) -> None:
        """Add observations of one benchmark.

        Parameters
        ----------
        name : str
            Benchmark, untrusted.
        values : ndarray of float64, shape (n,), in ``unit``
            Per iteration, in the order of their recording. Those that are no finite numbers are
            left out with a note.
        unit : str
            A time (``ns``, ``us``, ``ms``, ``s``, ``second``), which becomes ns, or another word.
        process : int or ndarray of int64, shape (n,)
            Which process saw them, from 0.

        Raises
        ------
        FormatError
            If the table would become too large, or the benchmark had another unit before.
        """
        name = _storable(name)
        factor = _NANOSECONDS.get(unit)
        with np.errstate(over="ignore"):  # what overflows is no finite number either
            scaled = values * (factor or 1.0)
        finite = np.isfinite(scaled)
        count = int(finite.sum())
        if count < values.size:
            note = f"{values.size - count} values are no finite numbers and are left out"
            self.note(f"{quoted(name)}: {note}")
        if not count:
            self.fail(name, "it has no value that is a finite number")
            return
        known = "ns" if factor else _OTHER_UNITS.get(unit, _storable(unit))
        if self._units.setdefault(name, known) != known:
            raise FormatError(
                f"{self._source} is malformed: {quoted(name)} is in {quoted(self._units[name])} "
                f"and in {quoted(known)}; let the tool write it again"
            )
        self._charge(count * (_ROW_BYTES + _size(name) + _size(known)))
        self._values.setdefault(name, []).append(scaled[finite])
        processes = np.broadcast_to(np.asarray(process, np.int64), values.shape)
        self._processes.setdefault(name, []).append(processes[finite])

    def fail(self, name: str, reason: str) -> None:
        """Say why a benchmark has no value, or lacks one; it is never dropped in silence."""
        name, reason = _storable(name), _storable(reason)
        self._charge(_FAILURE_BYTES + _size(name) + 2 * _size(reason))
        self._failures.setdefault(name, reason)
        self.note(f"{quoted(name)}: {reason}")

    def note(self, sentence: str) -> None:
        """Say something once, about the file or about a benchmark."""
        self._notes[_storable(sentence)] = None

    def has(self, name: str) -> bool:
        """Return whether the benchmark has a value or a reason not to have one."""
        return _storable(name) in self._values.keys() | self._failures.keys()

    def results(self, version: str, host: Mapping[str, str]) -> BenchResults:
        """Return everything added.

        Parameters
        ----------
        version : str
            Of the tool, or ``UNKNOWN``.
        host : mapping of str to str
            What the tool noted about the machine.

        Returns
        -------
        BenchResults
            Benchmarks in order of first appearance.

        Raises
        ------
        FormatError
            If there is no benchmark at all.
        """
        if not self._values and not self._failures:
            raise FormatError(
                f"{self._source} is of {self._tool} but holds no benchmark; check which were run"
            )
        return BenchResults(
            tool=self._tool,
            version=_storable(version),
            source=self._source,
            host={_storable(key): _storable(value) for key, value in host.items()},
            values=self._table(),
            unmeasured={
                name: reason for name, reason in self._failures.items() if name not in self._values
            },
            notes=tuple(self._notes),
        )

    def _charge(self, size: int) -> None:
        self._bytes += size
        if self._bytes > _TABLE_LIMIT:
            raise FormatError(
                f"{self._source} would fill a table of more than {_TABLE_LIMIT >> 20} MiB; export "
                "fewer benchmarks at a time"
            )

    def _table(self) -> pd.DataFrame:
        if not self._values:
            return schema.BENCHES.empty()
        sizes = [sum(batch.size for batch in batches) for batches in self._values.values()]
        units = [self._units[name] for name in self._values]
        processes = [batch for name in self._values for batch in self._processes[name]]
        table = pd.DataFrame(
            {
                "name": np.repeat(np.array(list(self._values), dtype=object), sizes),
                "value": np.concatenate(
                    [each for found in self._values.values() for each in found]
                ),
                "unit": np.repeat(np.array(units, dtype=object), sizes),
                "process": np.concatenate(processes),
            }
        )
        order = table.groupby(["name", "process"], sort=False).cumcount()
        return schema.BENCHES.conform(table.assign(order=order))


def _size(text: str) -> int:
    return len(text.encode())


def _storable(text: str) -> str:
    """Write half a surrogate pair, which JSON may hold and UTF-8 may not, as an escape."""
    return text.encode("utf-8", "backslashreplace").decode()
