"""What can be wrong with a benchmark although its timings look fine."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Layer: TypeAlias = Literal["results", "counts", "times"]
"""What the evidence is: what the loop left in its arrays, its instructions, or its timings."""

Kind: TypeAlias = Literal[
    "wrong result",
    "unstable result",
    "output not written",
    "output partly written",
    "state carried over",
    "input overwritten",
    "input ignored",
    "same input",
    "removed",
    "hoisted",
    "too little work",
    "done once",
    "uneven work",
    "not linear in time",
    "below the floor",
    "above the roof",
]

MEANINGS: Mapping[Kind, str] = {
    "wrong result": "computes something else than the baseline, so it does other work",
    "unstable result": "computes something else each time it is asked",
    "output not written": "writes nothing where its output belongs; the work may be dead",
    "output partly written": "leaves part of its output as it was",
    "state carried over": "starts from what the last repetition left, so repetitions differ",
    "input overwritten": "changes its own input, so later repetitions do other work",
    "input ignored": "computes the same for every input; it may be constant-folded",
    "same input": "gets the same data every time, which branch predictors learn by heart",
    "removed": "nothing of the work is left in the loop",
    "hoisted": "the work is done once, before the loop, and not repeated",
    "too little work": "executes fewer instructions than its operations need",
    "done once": "later repetitions find the work of the first one done",
    "uneven work": "the work of a repetition depends on how many there were before",
    "not linear in time": "twice the repetitions do not take twice the time",
    "below the floor": "takes no longer than a loop around nothing",
    "above the roof": "is faster than the machine can be",
}
"""What each kind says of a variant."""


@dataclass(frozen=True)
class Hazard:
    """One thing that is wrong with a variant.

    Attributes
    ----------
    variant : str
        Name of the variant.
    kind : Kind
        What is wrong; a key of ``MEANINGS``.
    evidence : str
        What was seen, as a sentence with figures.
    layer : Layer
        What kind of evidence that is; only that of ``"times"`` can be disturbed by other programs.
    """

    variant: str
    kind: Kind
    evidence: str
    layer: Layer
