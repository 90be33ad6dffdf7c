import numpy as np
import pytest

from slonana_analysis.errors import UsageError
from slonana_analysis.experiments.peers import dense_cases, forest_cases, tree_cases
from slonana_analysis.experiments.peers.availability import LLEAVES, TL2CGEN, missing_peers
from slonana_analysis.experiments.peers.dense_cases import DENSE, MLP, network_of
from slonana_analysis.experiments.peers.peers import EXPERIMENT, MODELS, cases
from slonana_analysis.experiments.peers.table import is_ours
from slonana_analysis.experiments.peers.work import (
    EQUAL,
    FLOAT32,
    INT8,
    OTHER_MODEL,
    TOLERANCES,
    checked_output,
    from_python,
)
from slonana_analysis.measure.subject import outputs_agree

LIBRARIES = ("lightgbm", "onnx", "onnxruntime", "sklearn", "treelite")
BATCHES = (1, 64)


def built(*models, batches=BATCHES, largest_slow_batch=64):
    settings = {"models": models, "forest_batches": batches, "batches": batches}
    return list(cases(settings | {"largest_slow_batch": largest_slow_batch}))


def names(case):
    return [variant.name for variant in case.variants]


def require_libraries():
    for library in LIBRARIES:
        pytest.importorskip(library)


def check_outputs(case):
    reference = case.variants[0].output()
    assert np.ptp(reference) > 0
    for variant in case.variants[1:]:
        assert outputs_agree(reference, variant.output(), case.tolerance), variant.name


@pytest.mark.parametrize("model", [name for name in MODELS if name != "forest"])
def test_without_any_library_ours_and_numpy_are_left(no_packages, model):
    for case in built(model):
        assert case.parameters["work"] in {EQUAL, FLOAT32}
        assert is_ours(case.variants[0].name)
        assert any("numpy" in name for name in names(case))
        check_outputs(case)


def test_without_lightgbm_there_is_no_forest(no_packages):
    assert built("forest") == []


@pytest.mark.parametrize("model", MODELS)
def test_every_peer_computes_what_its_label_says(model):
    require_libraries()
    for case in built(model):
        assert case.tolerance == TOLERANCES[case.parameters["work"]]
        check_outputs(case)
        for variant in case.variants:
            assert variant.batch(1) > 0, variant.name


def test_all_libraries_have_their_rows():
    require_libraries()
    equal, other = built("forest", batches=(64,))
    missing = missing_peers()
    wanted = {"LightGBM": True, "treelite": True, "ONNX Runtime": True}
    wanted |= {LLEAVES: LLEAVES not in missing, TL2CGEN: TL2CGEN not in missing}
    for peer, is_here in wanted.items():
        assert any(name.startswith(peer) for name in names(equal)) == is_here, peer
    assert other.parameters["work"] == OTHER_MODEL
    assert names(other)[-1].startswith("scikit-learn random forest")
    works = [case.parameters["work"] for case in built(DENSE, batches=(64,))]
    assert works == [EQUAL, FLOAT32, INT8]


def test_only_the_fastest_run_beyond_the_largest_slow_batch():
    require_libraries()
    found = built("forest", batches=(128,), largest_slow_batch=64)
    # Without lleaves nobody is left to be compared with.
    assert len(found) == (LLEAVES not in missing_peers())
    for equal in found:
        assert {name.split(",")[0].split(" ")[0] for name in names(equal)} == {"ours", "lleaves"}


def test_what_is_asked_for_must_exist():
    with pytest.raises(UsageError, match="no model is called 'resnet'; there are forest"):
        built("resnet")
    for batch in (0, 3, 8192):
        with pytest.raises(UsageError, match=f"{batch} rows does not suit 'dense 32x32'"):
            built(DENSE, batches=(batch,))


def test_presets_name_models_and_batches_that_exist():
    for preset in EXPERIMENT.presets.values():
        assert set(preset.settings["models"]) == set(MODELS)
        assert preset.launches >= 1


def test_a_network_is_seeded_and_rectifies_all_but_its_last_layer():
    first, second = network_of(MLP, 64), network_of(MLP, 64)
    assert np.array_equal(first.batches, second.batches)
    assert [layer.activation for layer in first.mlp.layers] == [1, 1, 0]
    assert [layer.weights.shape for layer in first.mlp.layers] == [(32, 32), (32, 32), (8, 32)]


def test_the_tree_has_31_nodes_whoever_grew_it(no_packages):
    (case,) = built("tree", batches=(64,))
    assert case.parameters["kernel"] == "tree 31, random"


def test_scikit_learns_tree_has_31_nodes_and_16_leaves():
    pytest.importorskip("sklearn")
    nodes = tree_cases.validator_nodes(tree_cases.grown_tree().tree_)
    assert len(nodes) == 31
    assert len(set(nodes["leaf_value"][nodes["feature"] < 0])) == 16


def test_python_variants_take_batches_in_turn_and_check_the_first():
    seen = []
    variant = from_python("peer", lambda rows: seen.append(int(rows[0])) or rows, np.eye(3))
    variant.batch(4)
    assert seen == [1, 0, 0, 1]
    assert variant.name == "peer, called from Python"
    assert np.array_equal(checked_output(lambda rows: 2 * rows, np.eye(2)), [2, 0, 0, 2])


def test_the_modules_name_their_variants_apart():
    for module in (dense_cases, forest_cases, tree_cases):
        labels = [text for name, text in vars(module).items() if name.isupper() and text]
        texts = [text for text in labels if isinstance(text, str)]
        assert len(set(texts)) == len(texts)
