"""Files that the validator's own code wrote, read and judged."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from slonana_analysis.errors import FormatError
from slonana_analysis.kernels.error_codes import ErrorCode
from slonana_analysis.kernels.models.mlp_file import read_mlp, write_mlp
from slonana_analysis.kernels.models.mlp_walk import mlp_code, mlp_outputs
from slonana_analysis.kernels.models.model import InvalidModelError, Layer, Mlp, Tree
from slonana_analysis.kernels.models.model_file import open_model
from slonana_analysis.kernels.models.tree_file import read_tree, write_tree
from slonana_analysis.kernels.tree import NODE
from tests.kernels.models.files import (
    EXPECTED,
    MODELS,
    PERCEPTRONS,
    TREES,
    content,
    damaged,
)

LOADED = [name for name in PERCEPTRONS if EXPECTED[name]["load_ok"]]
REFUSED = [name for name in EXPECTED if not EXPECTED[name]["load_ok"]]
FIELDS = ("version", "max_depth", "num_features", "num_classes", "timestamp", "is_valid")

Read = Callable[[bytes], Mlp | Tree]


def reader_of(name: str) -> Read:
    return read_mlp if name.startswith("mlp_") else read_tree


def write(model: Mlp | Tree) -> bytes:
    return write_mlp(model) if isinstance(model, Mlp) else write_tree(model)


def test_every_kind_of_file_is_there() -> None:
    assert (len(PERCEPTRONS), len(TREES), len(REFUSED)) == (36, 16, 21)


@pytest.mark.parametrize("name", LOADED)
def test_perceptrons_load_and_compute(name: str) -> None:
    model = read_mlp(content(name))
    assert model.is_valid == EXPECTED[name]["is_valid"]
    for call in EXPECTED[name]["forward"]:
        inputs = np.array([call["input"]], np.int32)
        assert mlp_code(model, inputs.size) == call["rc"]
        if call["rc"] == ErrorCode.SUCCESS:
            outputs = mlp_outputs(model, inputs)[0]
            assert outputs.size == call["output_len"]
            assert outputs[:16].tolist() == call["output"]


def test_headers_and_more_calls() -> None:
    with np.load(MODELS / "golden-models.npz", allow_pickle=False) as golden:
        models = [
            read_mlp(content(f"mlp_{name}.bin")) if loaded else None
            for name, loaded in zip(golden["mlp_names"], golden["mlp_load_ok"], strict=True)
        ]
        for model, info in zip(models, golden["mlp_info"].tolist(), strict=True):
            if model is not None:
                assert info[:8] == [
                    *(model.version, model.input_size, model.output_size, len(model.layers)),
                    *(model.quant_bits, model.padding, model.timestamp, model.is_valid),
                ]
        calls = zip(*(golden[f"fwd_{part}"] for part in CALL_PARTS), strict=True)
        for index, length, values, code, output, output_length in calls:
            check_call(models[index], np.resize(values, length), code, output[:output_length][:16])
        assert len(golden["fwd_rc"]) == 142


CALL_PARTS = ("model", "input_len", "input", "rc", "output", "output_len")


def check_call(model: Mlp | None, values: Any, code: int, output: Any) -> None:
    if model is None:
        # The length is checked before the model is read.
        assert code == (ErrorCode.INVALID_MODEL if 1 <= len(values) <= 64 else 1)
        return
    assert mlp_code(model, len(values)) == code
    if code == ErrorCode.SUCCESS:
        assert mlp_outputs(model, values[np.newaxis])[0, :16].tolist() == output.tolist()
    else:
        with pytest.raises(ValueError, match=f"code {code} "):
            mlp_outputs(model, values[np.newaxis])


@pytest.mark.parametrize("name", [name for name in TREES if EXPECTED[name]["load_ok"]])
def test_trees_load(name: str) -> None:
    model, info = read_tree(content(name)), EXPECTED[name]["info"]
    assert {field: getattr(model, field) for field in FIELDS} == {
        field: info[field] for field in FIELDS
    }
    assert model.nodes.size == info["num_nodes"]


@pytest.mark.parametrize("name", REFUSED)
def test_refusals_name_the_byte_and_carry_the_code(name: str) -> None:
    with pytest.raises(InvalidModelError, match=r"at byte \d+, ") as refusal:
        reader_of(name)(content(name))
    assert refusal.value.code == ErrorCode.INVALID_MODEL == 5


@pytest.mark.parametrize("name", sorted(set(EXPECTED) - set(REFUSED)))
def test_writing_gives_the_bytes_of_the_validator(name: str) -> None:
    written = write(reader_of(name)(content(name)))
    # Bytes past the last layer or node are not part of the model.
    assert content(name).startswith(written)
    assert write(reader_of(name)(written.ljust(32, b"\0"))) == written


@pytest.mark.parametrize(
    ("name", "needed"),
    [
        ("mlp_valid_4_8_2.bin", 180),
        ("mlp_bad_hdr32_nolayers.bin", 32),
        ("tree_valid_bench31.bin", 524),
    ],
)
def test_every_truncation_is_refused(name: str, needed: int) -> None:
    data = content(name)
    reader_of(name)(data[:needed])
    for length in range(needed):
        with pytest.raises(InvalidModelError):
            reader_of(name)(data[:length])


@pytest.mark.parametrize(
    "name",
    [
        "mlp_valid_12_32_16_3.bin",
        "mlp_valid_8layers_64.bin",
        "mlp_valid_zero_width_hidden.bin",
        "tree_valid_bench31.bin",
        "tree_valid_maxnodes.bin",
    ],
)
def test_damaged_files_load_or_are_refused(name: str) -> None:
    # The first 60 bytes hold every size; damage there is what leads out of bounds.
    data, outcomes = content(name), []
    for start in (data, data[:60]):
        for copy in damaged(start, 2000, seed=len(name)):
            mutant = copy + data[60:] if start != data else copy
            try:
                model = reader_of(name)(mutant)
            except InvalidModelError:
                outcomes.append("refused")
            else:
                outcomes.append("loaded")
                # What the unused bytes of a layer held is not kept; all else is.
                assert write(reader_of(name)(write(model).ljust(32, b"\0"))) == write(model)
    assert set(outcomes) == {"refused", "loaded"}


@given(st.binary(max_size=200))
def test_any_bytes_after_the_magic(data: bytes) -> None:
    for magic, read in ((b"1PLM", read_mlp), (b"10TD", read_tree)):
        try:
            read(magic + data)
        except InvalidModelError as refusal:
            assert "at byte" in str(refusal)  # noqa: PT017  (most of these bytes do not load)


@st.composite
def layers(draw: st.DrawFn) -> Layer:
    outputs, inputs = draw(st.integers(0, 6)), draw(st.integers(0, 6))
    return Layer(
        draw(arrays.arrays(np.int16, (outputs, inputs))),
        draw(arrays.arrays(np.int32, outputs)),
        draw(st.integers(0, 255)),
    )


@given(
    st.builds(
        Mlp,
        layers=st.lists(layers(), min_size=1, max_size=8).map(tuple),
        input_size=st.integers(0, 64),
        output_size=st.integers(0, 16),
        version=st.integers(0, 2**32 - 1),
        quant_bits=st.integers(0, 255),
        timestamp=st.integers(0, 2**64 - 1),
        padding=st.integers(0, 2**16 - 1),
    )
)
def test_perceptrons_survive_a_round_trip(model: Mlp) -> None:
    found = read_mlp(write_mlp(model) + bytes(4))
    for field in ("input_size", "output_size", "version", "quant_bits", "timestamp", "padding"):
        assert getattr(found, field) == getattr(model, field)
    for one, other in zip(found.layers, model.layers, strict=True):
        assert np.array_equal(one.weights, other.weights)
        assert np.array_equal(one.bias, other.bias)
        assert one.weights.shape == other.weights.shape
        assert one.activation == other.activation


def test_arrays_read_are_aligned_writable_copies() -> None:
    layer = read_mlp(content("mlp_valid_12_32_16_3.bin")).layers[1]
    nodes = read_tree(content("tree_valid_bench31.bin")).nodes
    for array in (layer.weights, layer.bias, nodes):
        assert array.flags.aligned
        assert array.flags.writeable
        assert array.flags.c_contiguous
    assert nodes.dtype == NODE


@pytest.mark.parametrize("name", sorted(set(EXPECTED) - set(REFUSED)))
def test_opening_tells_the_kinds_apart(name: str) -> None:
    model = open_model(MODELS / name)
    assert isinstance(model, Mlp if name.startswith("mlp_") else Tree)


def test_opening_reads_no_more_than_a_model_can_need(tmp_path: Any) -> None:
    long = tmp_path / "long.bin"
    with long.open("wb") as file:
        file.write(content("mlp_valid_8layers_64.bin"))
        file.truncate(2**40)
    assert len(open_model(long).layers) == 8  # type: ignore[union-attr]


def test_opening_names_the_file(tmp_path: Any) -> None:
    name = "mlp_bad_layers9.bin"
    with pytest.raises(InvalidModelError, match=rf"{name}: the validator .* at byte 16, "):
        open_model(MODELS / name)
    other = tmp_path / "other"
    other.write_bytes(b"ELF")
    with pytest.raises(FormatError, match="other is no model of the validator"):
        open_model(other)
