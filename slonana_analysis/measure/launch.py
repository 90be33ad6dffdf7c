"""A launch: a fresh process that times an entry's cases and writes down what it found.

``python -m slonana_analysis.measure.launch`` reads a ``LaunchRequest`` on standard input, prints
one JSON line per finished case, and writes a ``LaunchResult`` or a ``LaunchFailure`` to the file
that the request names. Whatever the entry prints goes to standard error.
"""

import gc
import importlib
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TextIO

from slonana_analysis.errors import UsageError
from slonana_analysis.measure.cases import launch_random, time_cases
from slonana_analysis.measure.messages import (
    LaunchFailure,
    LaunchProgress,
    LaunchRequest,
    LaunchResult,
    outcome_to_json,
)
from slonana_analysis.measure.placement import UNPINNED, die_with_parent, stay_on_this_cpu
from slonana_analysis.measure.subject import Case

_ENTRY = re.compile(r"(?P<module>[A-Za-z_][\w.]*):(?P<function>[A-Za-z_]\w*)", re.ASCII)

Entry = Callable[[Mapping[str, object]], Iterable[Case]]


def main() -> int:
    """Run the launch that standard input asks for.

    Returns
    -------
    int
        0 when an outcome was written, 2 when the request was not understood.
    """
    die_with_parent()
    progress = claim_standard_output()
    try:
        request = LaunchRequest.from_json(sys.stdin.read())
    except UsageError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    if os.getppid() != request.parent:
        # The harness was gone before the kernel knew that we should go with it.
        return 0
    outcome = run(request, lambda step: print(step.to_json(), file=progress))
    unfinished = Path(f"{request.result}.tmp")
    unfinished.write_text(outcome_to_json(outcome), "utf-8")
    unfinished.replace(request.result)
    # The process ends here; without this the interpreter spends 0.3 s looking for garbage first.
    gc.freeze()
    return 0


def run(
    request: LaunchRequest, on_case: Callable[[LaunchProgress], None]
) -> LaunchResult | LaunchFailure:
    """Carry out a request in this process.

    Parameters
    ----------
    request : LaunchRequest
        What to time.
    on_case : callable
        Called after every case.

    Returns
    -------
    LaunchResult or LaunchFailure
        Whatever the entry raises becomes a failure.
    """
    timed = []
    try:
        cases = resolve_entry(request.entry)(request.settings)
        cpu = stay_on_this_cpu() if request.pin else UNPINNED
        random = launch_random(request.seed, request.launch)
        for case in time_cases(cases, random=random, case_seconds=request.case_seconds):
            timed.append(case)
            on_case(LaunchProgress(len(timed), cpu))
    except Exception as error:  # noqa: BLE001  # the process boundary: the harness raises it again
        return LaunchFailure.of(error, traceback.format_exc())
    return LaunchResult(tuple(timed), cpu)


def resolve_entry(entry: str) -> Entry:
    """Return the function that an entry names.

    Parameters
    ----------
    entry : str
        ``package.module:function``.

    Returns
    -------
    callable
        Takes the settings, returns the cases.

    Raises
    ------
    UsageError
        If the text has another form, or names nothing that can be imported and called.
    """
    match = _ENTRY.fullmatch(entry)
    if match is None:
        raise UsageError(f"'{entry}' is not an entry; write it as package.module:function")
    try:
        module = importlib.import_module(match["module"])
    except ImportError as error:
        raise UsageError(f"entry '{entry}' cannot be imported: {error}") from error
    function: Any = getattr(module, match["function"], None)
    if not callable(function):
        raise UsageError(f"module '{match['module']}' has no function '{match['function']}'")
    return function  # type: ignore[no-any-return]  # what it returns shows when it is iterated


def claim_standard_output() -> TextIO:
    """Keep standard output for progress alone; what is printed goes to standard error."""
    progress = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)
    return progress


if __name__ == "__main__":
    sys.exit(main())
