from importlib.metadata import EntryPoint

import pytest

from slonana_analysis.errors import UsageError
from slonana_analysis.experiments import registry


def test_every_experiment_of_ours_has_all_presets_and_an_entry_that_exists():
    found = registry.all_experiments()
    assert {"loop_unrolling", "ml_inference"} <= set(found)
    for experiment in found.values():
        assert set(experiment.presets) == {"smoke", "quick", "full"}
        entry = EntryPoint("entry", experiment.entry, "test")
        assert callable(entry.load())
        launches = [experiment.presets[name].launches for name in ("smoke", "quick", "full")]
        assert launches == sorted(launches)
        assert launches[0] >= 2


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(UsageError, match=r"no experiment is called 'simd'.*loop_unrolling"):
        registry.find_experiment("simd")


def test_an_unknown_preset_lists_the_known_ones():
    with pytest.raises(UsageError, match="smoke, quick, full"):
        registry.find_experiment("loop_unrolling").preset("huge")


def _offer(monkeypatch, *entries):
    monkeypatch.setattr(registry, "entry_points", lambda group: entries)


def test_a_plug_in_adds_an_experiment(monkeypatch):
    _offer(monkeypatch, EntryPoint("mine", f"{__name__}:MINE", registry.GROUP))
    monkeypatch.setattr(EntryPoint, "load", lambda _self: MINE)
    assert registry.find_experiment("mine") is MINE


@pytest.mark.parametrize(
    ("target", "sentence"),
    [("no_such_module_anywhere:X", "could not be loaded"), ("math:pi", "not an Experiment")],
)
def test_a_broken_plug_in_is_a_warning_and_the_rest_goes_on(monkeypatch, target, sentence):
    _offer(monkeypatch, EntryPoint("broken", target, registry.GROUP))
    with pytest.warns(UserWarning, match=sentence):
        assert "loop_unrolling" in registry.all_experiments()


def test_a_plug_in_may_not_take_the_name_of_ours(monkeypatch):
    ours = "slonana_analysis.experiments.cpu.loop_unrolling:EXPERIMENT"
    _offer(monkeypatch, EntryPoint("loop_unrolling", ours, registry.GROUP))
    with pytest.warns(UserWarning, match="the name is taken"):
        registry.all_experiments()


MINE = registry.Experiment("mine", "?", "!", "math:sqrt", {})
