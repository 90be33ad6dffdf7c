from slonana_analysis.readers.perf_data_file.symbol_notes import SymbolNote, summed_up


def stripped(path: str, addresses: int) -> SymbolNote:
    return SymbolNote(path, f"{path} is stripped; its package would bring {path}.debug", addresses)


def test_two_objects_are_named_one_by_one() -> None:
    notes = [stripped("/lib/a.so", 1), stripped("/lib/b.so", 2)]
    assert list(summed_up(notes)) == [notes[1].sentence, notes[0].sentence]


def test_many_objects_are_named_by_the_most_used() -> None:
    notes = [stripped(f"/lib/{name}.so", number) for number, name in enumerate("abcde")]
    assert list(summed_up(notes)) == [
        (
            "each of 5 objects (e.so, d.so, c.so, …) is stripped; of the first, its package would "
            "bring /lib/e.so.debug"
        )
    ]


def test_different_reasons_stay_apart() -> None:
    notes = [stripped("/lib/a.so", 1), SymbolNote("/lib/b.so", "/lib/b.so is gone", 2)]
    assert list(summed_up(notes)) == [notes[0].sentence, "/lib/b.so is gone"]


def test_a_reason_that_names_no_object_is_said_once() -> None:
    sentence = "names stay mangled, as c++filt is not installed"
    notes = [SymbolNote(f"/lib/{name}.so", sentence, 1) for name in "abcd"]
    assert list(summed_up(notes)) == [sentence]
