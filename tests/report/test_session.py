import inspect

import pytest

import slonana_analysis as sa
from slonana_analysis.capture import perf
from slonana_analysis.experiments import running
from slonana_analysis.experiments.cpu import loop_unrolling
from slonana_analysis.experiments.inference import opponents
from slonana_analysis.measure import core_clock, harness, roofs
from slonana_analysis.model.observation import observe_with
from slonana_analysis.native import compiler
from slonana_analysis.report import session


@pytest.fixture
def looks():
    seen = []

    def observer(look, see):
        seen.append((look.name, dict(look.arguments)))
        return see()

    observe_with(observer)
    yield seen
    observe_with(None)


@pytest.mark.parametrize(
    "function",
    [
        sa.collect_host_facts,
        sa.survey_tools,
        sa.measure_experiment,
        sa.capture_cpu_profile,
        loop_unrolling.machine_code,
        opponents.missing_c,
        compiler.compiler_facts,
        harness.measure,
        roofs.measure_roofs,
        core_clock.measure_core_clock,
        perf.record,
    ],
    ids=lambda function: function.__name__,
)
def test_whatever_looks_at_the_machine_can_be_replayed(function, looks):
    with pytest.raises(TypeError):
        function(no_such_argument=1)
    assert inspect.unwrap(function) is not function


def test_what_an_experiment_is_known_by_does_not_hold_the_machine(looks, monkeypatch):
    asked = []

    def measure(*args, **kwargs):
        asked.append((args, kwargs))
        return "measured"

    monkeypatch.setattr(running, "measure_experiment", measure)
    machine = object()
    assert session.measure_experiment("sum", machine, "smoke", dtypes=["int32"]) == "measured"
    ((name, arguments),) = looks
    assert name == "measure_experiment"
    assert arguments["name"] == "sum"
    assert arguments["overrides"] == {"dtypes": ["int32"]}
    assert machine not in arguments.values()
    assert asked[0][0] == ("sum", machine, "smoke")
