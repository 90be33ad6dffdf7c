"""A process that compiles an entry's loops for counting, or counts them.

``python -m slonana_analysis.measure.counts.launch`` reads a ``CountRequest`` on standard input and
prints one message a line. To count, it has to run under callgrind with the counting clock loaded.
Whatever the entry prints goes to standard error.
"""

import gc
import json
import math
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from slonana_analysis.errors import UnavailableError, UsageError
from slonana_analysis.measure.counts.counted import CANNOT_SETTLE, CountedVariant
from slonana_analysis.measure.counts.counter import Counter
from slonana_analysis.measure.counts.ladder import count_batches, ladder_for
from slonana_analysis.measure.counts.messages import (
    CaseDone,
    ClockBuilt,
    CountRequest,
    Message,
    message_to_json,
)
from slonana_analysis.measure.counts.other_data import on_other_data
from slonana_analysis.measure.launch import claim_standard_output, resolve_entry
from slonana_analysis.measure.loops import BoundLoop
from slonana_analysis.measure.messages import LaunchFailure
from slonana_analysis.measure.placement import die_with_parent
from slonana_analysis.measure.python_loop import PythonLoop
from slonana_analysis.measure.subject import Case, HasEmptyLoop, Variant
from slonana_analysis.native.build import shared_library

INTERPRETED = "it is a Python loop; its instructions are mostly the interpreter's"


def main() -> int:
    """Do what standard input asks for.

    Returns
    -------
    int
        0, also when the entry failed; 2 when the request was not understood.
    """
    die_with_parent()
    answers = claim_standard_output()
    try:
        request = CountRequest.from_json(sys.stdin.read())
    except UsageError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    if os.getppid() != request.parent:
        return 0
    for message in run(request):
        print(message_to_json(message), file=answers)
    gc.freeze()
    return 0


def run(request: CountRequest) -> Iterator[Message]:
    """Carry out a request in this process.

    Parameters
    ----------
    request : CountRequest
        What to do.

    Yields
    ------
    Message
        Every variant when it is done, every case after its variants; what the entry raises last.
    """
    try:
        if request.task == "compile":
            yield ClockBuilt(str(shared_library("counting_clock")))
        counter = Counter(request.dumps) if request.task == "count" else None
        cases = resolve_entry(request.entry)(request.settings)
        for number, case in enumerate(cases, 1):
            if counter is None:
                yield from _compiled(case)
            else:
                yield from _counted(case, counter, other_data=request.other_data)
            yield CaseDone(number)
            del case
    except Exception as error:  # noqa: BLE001  # the process boundary: the parent raises it again
        yield LaunchFailure.of(error, traceback.format_exc())


def _compiled(case: Case) -> Iterator[CountedVariant]:
    for variant in case.variants:
        yield replace(_subject(case, variant), reason=_warmed(variant))


def _counted(case: Case, counter: Counter, *, other_data: bool) -> Iterator[CountedVariant]:
    reasons = [_warmed(variant) for variant in case.variants]
    with counter.region():
        for variant, reason in zip(case.variants, reasons, strict=True):
            subject = _subject(case, variant)
            counted = (
                replace(subject, reason=reason) if reason else _count(variant, subject, counter)
            )
            yield counted
            if other_data and counted.work is not None:
                # Afterwards, and as a second answer: on such data a kernel may well crash.
                yield replace(counted, elsewhere=_elsewhere(variant.batch, counter))


def _subject(case: Case, variant: Variant) -> CountedVariant:
    parameters = json.dumps(dict(case.parameters), sort_keys=True)
    return CountedVariant(case.experiment, parameters, variant.name)


def _warmed(variant: Variant) -> str:
    """Compile a variant's loops without running their work; return why it cannot be counted."""
    if isinstance(variant.batch, PythonLoop):
        return INTERPRETED
    # No repetitions: the first one must be left for counting, in case it differs from the others.
    variant.batch(0)
    empty = _empty_loop(variant.batch)
    if empty is not None:
        empty(0)
    return ""


def _empty_loop(batch: object) -> Callable[[int], int] | None:
    return batch.empty if isinstance(batch, HasEmptyLoop) else None


def _count(variant: Variant, subject: CountedVariant, counter: Counter) -> CountedVariant:
    ladder = ladder_for(variant.batch)
    empty = _empty_loop(variant.batch)
    try:
        work = count_batches(counter.count, variant.batch, ladder)
        around = count_batches(counter.count, empty, ladder) if empty else None
    except UnavailableError as error:
        return replace(subject, reason=str(error))
    return replace(
        subject,
        work=work,
        empty=around.per_repetition if around else math.nan,
        reason="" if work.settled else CANNOT_SETTLE,
    )


def _elsewhere(batch: object, counter: Counter) -> float:
    if not isinstance(batch, BoundLoop):
        return math.nan
    loop = on_other_data(batch, np.random.default_rng(0))
    return (
        math.nan
        if loop is None
        else count_batches(counter.count, loop, ladder_for(loop)).per_repetition
    )


if __name__ == "__main__":
    sys.exit(main())
