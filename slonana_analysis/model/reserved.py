"""Names that stand for something in every table; no variant or experiment of another may be them.

On their own, because a launch needs them and must not import pandas, a fifth of a second, for it.
"""

REFERENCE = "reference kernel 1"
"""Variant name of the frozen kernel that runs in every round; the number names its bytes."""

SELF_TEST_EXPERIMENT = "verdict_honesty"
"""Experiment whose samples say how far verdicts can be trusted; no trend and no gate uses them."""
