"""JSON that is cut or damaged gives what stands before the damage, and says so."""

import io
import json
import math

import pytest
from hypothesis import given, strategies

from slonana_analysis.errors import FormatError
from slonana_analysis.readers import json_documents
from slonana_analysis.readers.json_documents import JsonDocument, begins_object, read_json

TEXT = b'{"a": [1, 22, {"b": "x, ]\\"", "c": null}], "d": true, "e\xc3\xa9": -1.5e3}'


def read(text: bytes) -> JsonDocument:
    return read_json(io.BytesIO(text), "made.json")


def test_a_sound_document() -> None:
    document = read(b"\xef\xbb\xbf " + TEXT)
    assert document.value == json.loads(TEXT)
    assert (document.size, document.unfinished) == (len(TEXT) + 4, [])
    assert document.losses.ledger(document.size, 0).reasons == ()


@pytest.mark.parametrize(
    ("text", "value", "unfinished"),
    [
        (b'{"a": [1, 22, {"b": "x"', {"a": [1, 22, {}]}, 3),
        (b'{"a": [1, 22, {"b": "x",', {"a": [1, 22, {"b": "x"}]}, 3),
        (b'{"a": [1, 22, {"b": "x"}', {"a": [1, 22, {"b": "x"}]}, 2),
        (b'{"a": [1, 22', {"a": [1]}, 2),
        (b'{"a": [1, 22]', {"a": [1, 22]}, 1),
        (b'{"a": 1, "b', {"a": 1}, 1),
        (b'{"a": 1, "b": tr', {"a": 1}, 1),
        (b'{"a": 1, "b": "\\u12', {"a": 1}, 1),
        (b'{"a": 1, "b": "\\', {"a": 1}, 1),
        (b'{"a": 1, "b": "\\u001f\xc2', {"a": 1}, 1),
        (b'{"a": 1, "b": "\xc3', {"a": 1}, 1),
        (b'{"a": 1, "b": -', {"a": 1}, 1),
        (b"[1, 2, NaN, Inf", [1, 2], 1),
        (b"[", [], 1),
    ],
)
def test_a_cut_document(text: bytes, value: object, unfinished: int) -> None:
    document = read(text)
    if text.endswith(b"Inf"):
        assert math.isnan(document.value.pop())
    assert document.value == value
    assert len(document.unfinished) == unfinished
    assert document.unfinished[0] is document.value
    assert document.losses.truncated
    loss = document.losses.ledger(document.size, 0)
    assert loss.reasons == ("the file ends before its JSON does",)
    assert 0 < loss.bytes_read <= len(text)


def test_cut_at_every_byte() -> None:
    for size in range(1, len(TEXT)):
        document = read(TEXT[:size])
        assert document.losses.truncated
        assert starts_with(json.loads(TEXT), document.value)


def starts_with(whole: object, part: object) -> bool:
    """Return whether what is there is there in the whole, in the same place."""
    if isinstance(whole, dict) and isinstance(part, dict):
        return all(name in whole and starts_with(whole[name], part[name]) for name in part)
    if isinstance(whole, list) and isinstance(part, list):
        return len(part) <= len(whole) and all(map(starts_with, whole, part))
    return whole == part


@pytest.mark.parametrize(
    ("text", "value", "offset"),
    [
        (b'{"a": 1, "b": x, "c": 3}', {"a": 1}, 14),
        (b'{"a": [1, 2,], "c": 3}', {"a": [1, 2]}, 12),
        (b'{"a": 1} {"b": 2}', {"a": 1}, 9),
        (b'{"a": 1, "b": "\x01", "c": 3}', {"a": 1}, 15),
        (b'{"a": 1, "b": "\xff\xff", "c": 3}', {"a": 1}, 14),
        (b'{"a": 1, "b": "\\x", "c": 3}', {"a": 1}, 15),
        (b'{"a": 1}\xff', {"a": 1}, 8),
        (b"[1, 2\0, 3]", [1], 5),
    ],
)
def test_a_damaged_document(text: bytes, value: object, offset: int) -> None:
    document = read(text)
    assert document.value == value
    assert not document.losses.truncated
    (reason,) = document.losses.ledger(document.size, 0).reasons
    assert reason == f"what stands at offset {offset} is not JSON, so the rest was not read"


@pytest.mark.parametrize("text", [b"x", b"\xff\xfe{\0}\0", b"\0" * 9, b'"abc', b"}", b",1"])
def test_what_is_no_json_is_refused(text: bytes) -> None:
    with pytest.raises(FormatError, match=r"made\.json is not JSON at offset 0; export it again"):
        read(text)


@pytest.mark.parametrize("text", [b"[" * 300, b"[" * 100_000, b'{"a":' * 100_000 + b"1"])
def test_deep_nesting_is_refused(text: bytes) -> None:
    with pytest.raises(FormatError, match="nested deeper than 200 levels"):
        read(text)


def test_a_number_of_thousands_of_digits_is_refused() -> None:
    with pytest.raises(FormatError, match="thousands of digits"):
        read(b'{"a": ' + b"1" * 10_000 + b"}")


def test_the_last_of_two_members_counts() -> None:
    """As in JavaScript; and it is the one that a cut leaves open."""
    assert read(b'{"a": [1], "b": 2, "a": [3]}').value == {"a": [3], "b": 2}
    document = read(b'{"a": [1], "b": 2, "a": [3, [4')
    assert document.value == {"b": 2, "a": [3, []]}
    assert not document.is_whole(document.value["a"])


def test_whole_items_leave_out_what_was_cut() -> None:
    document = read(b"[[1, 2], [3, 4], [5, 6")
    assert document.whole_items(document.value) == [[1, 2], [3, 4]]
    document = read(b"[[1, 2], [3, 4]")
    assert document.whole_items(document.value) == [[1, 2], [3, 4]]
    assert document.whole_items([]) == []


def test_what_would_not_fit_into_memory_is_refused_before_it_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sizes = {"SC_PHYS_PAGES": 8_192, "SC_PAGE_SIZE": 4_096}
    monkeypatch.setattr(json_documents.os, "sysconf", sizes.__getitem__)
    assert len(read(b"[" + b"[]," * 100_000 + b"1]").value) == 100_001
    with pytest.raises(FormatError, match=r"more JSON than half of this machine's memory"):
        read(b"[" + b"[]," * 200_000 + b"1]")


def test_begins_object() -> None:
    assert begins_object(b'\xef\xbb\xbf\n {"a"')
    assert not begins_object(b"[{}]")
    assert not begins_object(b"")


@given(
    strategies.recursive(
        strategies.none()
        | strategies.booleans()
        | strategies.integers()
        | strategies.floats(allow_nan=False)
        | strategies.text(),
        lambda inner: strategies.lists(inner) | strategies.dictionaries(strategies.text(), inner),
    ),
    strategies.data(),
)
def test_any_document_cut_anywhere(value: object, data: strategies.DataObject) -> None:
    text = json.dumps([value], ensure_ascii=False).encode("utf-8", "surrogatepass")
    document = read(text[: data.draw(strategies.integers(1, len(text) - 1))])
    assert document.losses.truncated
    assert starts_with([value], document.value)


@given(strategies.binary(min_size=1, max_size=60))
def test_any_bytes(text: bytes) -> None:
    refusal = ""
    try:
        lost = read(text).losses.bytes_lost
    except FormatError as error:
        lost, refusal = len(text), str(error)
    assert 0 <= lost <= len(text)
    assert not refusal or refusal.startswith("made.json is not JSON at offset ")
