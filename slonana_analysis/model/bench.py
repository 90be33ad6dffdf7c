"""What another tool's benchmark results say, in one table whatever the tool."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class BenchResults:
    """Results of one recording session, as the tool stored them.

    Attributes
    ----------
    tool : str
        Which benchmark tool wrote them, for example ``pyperf``.
    version : str
        Version of the tool; ``unknown`` where its files do not say.
    source : str
        What the results were read from, as it is to be called in errors.
    host : mapping of str to str
        What the tool noted about the machine and the build; untrusted text, for display only.
    values : DataFrame
        Columns of ``schema.BENCHES``; one row per observation. Times are in ns per iteration;
        other units are kept. Processes are numbered per benchmark.
    unmeasured : mapping of str to str
        Benchmarks that are in the file without a usable value, and why; untrusted text.
    notes : tuple of str
        What a reader of the numbers has to know, one sentence each: what failed, what was left
        out, what only stands in for observations.
    """

    tool: str
    version: str
    source: str
    host: Mapping[str, str]
    values: pd.DataFrame
    unmeasured: Mapping[str, str]
    notes: tuple[str, ...] = ()
