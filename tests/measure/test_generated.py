import sys
from pathlib import Path

import pytest

from slonana_analysis.errors import FormatError, UsageError
from slonana_analysis.measure.generated import PREFIX, load, module_from_source

TEXT = '"""Generated for a test."""\n\nanswer = 42\n'


@pytest.fixture
def made():
    module = module_from_source("answers", TEXT)
    yield module
    sys.modules.pop(module.__name__, None)


def _forget(module):
    del sys.modules[module.__name__]
    return module.__name__.removeprefix(PREFIX)


def test_the_same_text_is_the_same_module(made):
    assert made.answer == 42
    assert made.__name__.startswith(PREFIX + "answers_")
    assert sys.modules[made.__name__] is made
    assert module_from_source("answers", TEXT) is made


def test_another_text_or_name_is_another_module(made):
    other = module_from_source("answers", TEXT.replace("42", "43"))
    assert (made.answer, other.answer) == (42, 43)
    assert module_from_source("others", TEXT).__name__ != made.__name__


def test_one_generated_module_loads_another_by_name(made):
    name = made.__name__.removeprefix(PREFIX)
    text = "from slonana_analysis.measure.generated import load\n\n"
    text += f"answer = load({name!r}).answer + 1\n"
    assert module_from_source("next_answers", text).answer == 43


def test_a_fresh_process_would_find_it_by_name(made):
    path = made.__file__
    again = load(_forget(made))
    assert again is not made
    assert (again.answer, again.__file__) == (42, path)


def test_a_file_that_was_changed_is_not_imported_but_written_again(made):
    Path(made.__file__).write_text(TEXT + "answer = 13\n")
    name = _forget(made)
    with pytest.raises(FormatError, match=r"answers_\w+\.py' was changed after it was written"):
        load(name)
    assert module_from_source("answers", TEXT).answer == 42


def test_an_unknown_module_is_named():
    with pytest.raises(FormatError, match=r"nothing_0123\.py' cannot be read"):
        load("nothing_0123")


def test_only_identifiers_name_modules():
    for name in ("../escape", "two words", "", "1st"):
        with pytest.raises(UsageError, match="cannot name a generated module"):
            module_from_source(name, TEXT)


def test_a_module_that_fails_is_not_left_behind():
    with pytest.raises(ZeroDivisionError):
        module_from_source("failing", "1 / 0\n")
    assert not [name for name in sys.modules if name.startswith(PREFIX + "failing")]


def test_nothing_unfinished_stays_in_the_cache(made):
    assert not list(Path(made.__file__).parent.glob("*.tmp"))
