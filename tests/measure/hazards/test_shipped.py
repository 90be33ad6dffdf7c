"""The kernels that are shipped must not be blamed, or nobody would look at the lint."""

import pytest

from slonana_analysis.experiments.cpu import loop_unrolling
from slonana_analysis.experiments.cpu.sum_source import DTYPES
from slonana_analysis.experiments.inference import ml_inference
from slonana_analysis.experiments.inference.opponents import NUMPY_NAME
from slonana_analysis.experiments.machine import Machine
from slonana_analysis.measure.hazards.lint import lint_entry

MACHINE = Machine({"L1": 16_384}).as_json()
# Counting takes a while: one kernel of each kind.
COUNTED = ["softmax 8", "dense 32x32", "tree 31", "relu 64"]
INFERENCE = {"machine": MACHINE, "calls": ["independent"]}
EXPERIMENTS = [
    (ml_inference.EXPERIMENT, INFERENCE | {"kernels": COUNTED}),
    (loop_unrolling.EXPERIMENT, {"machine": MACHINE, "dtypes": list(DTYPES), "levels": ["L1"]}),
]


def test_no_shipped_kernel_is_blamed_for_its_results():
    settings = INFERENCE | {"kernels": list(ml_inference.KERNELS)}
    linted = lint_entry(ml_inference.EXPERIMENT.entry, settings, count=False)
    assert [case.hazards for case in linted] == [()] * len(ml_inference.KERNELS)


@pytest.mark.slow
@pytest.mark.requires_valgrind
@pytest.mark.requires_cc
@pytest.mark.parametrize(
    ("experiment", "settings"), EXPERIMENTS, ids=[each.name for each, _ in EXPERIMENTS]
)
def test_no_shipped_kernel_is_blamed(experiment, settings):
    linted = lint_entry(experiment.entry, settings)
    assert [case.hazards for case in linted] == [()] * 4
    # NumPy is called from Python; everything else was counted.
    assert {name for case in linted for name, _ in case.not_counted} <= {NUMPY_NAME}
