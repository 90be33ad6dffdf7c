import pytest

from tests.architecture import shape


@pytest.mark.parametrize(
    "rule",
    [shape.long_modules, shape.long_functions, shape.empty_names, shape.undescribed],
    ids=lambda rule: rule.__name__,
)
def test_the_package_keeps_the_rule(repository, rule):
    assert rule(repository) == []


def function(name, lines):
    return f"def {name}():\n" + "    x = 1\n" * (lines - 1)


def test_a_module_above_the_cap_is_found(plant):
    plant("small.py", "x = 1\n" * 10)
    plant("small_too.py", "x = 1\n" * 10)
    assert shape.long_modules(plant("large.py", "x = 1\n" * 501)) == [
        "slonana_analysis/large.py:1: 501 lines, at most 500"
    ]


def test_modules_that_are_all_rather_long_are_found_and_empty_ones_do_not_hide_it(plant):
    for name in "abc":
        plant(f"{name}/__init__.py", "")
        root = plant(f"{name}/{name}.py", "x = 1\n" * 151)
    assert shape.long_modules(root) == ["the median module has 151 lines, at most 150"]


def test_a_function_above_the_cap_is_found(plant):
    text = function("long", 101) + "".join(function(f"short_{i}", 3) for i in range(40))
    assert shape.long_functions(plant("a.py", text)) == [
        "slonana_analysis/a.py:1: long has 101 lines, at most 100"
    ]


@pytest.mark.parametrize(("long", "found"), [(1, 0), (2, 2)])
def test_one_longish_function_in_twenty_is_all_right(plant, long, found):
    text = "".join(function(f"long_{i}", 60) for i in range(long))
    text += "".join(function(f"short_{i}", 3) for i in range(20 - long))
    assert len(shape.long_functions(plant("a.py", text))) == found


@pytest.mark.parametrize(
    "path", ["utils.py", "runs/helpers.py", "common/a.py", "runs/run_manager.py", "misc.py"]
)
def test_a_module_name_that_says_nothing_is_found(plant, path):
    assert len(shape.empty_names(plant(path, ""))) == 1


def test_a_class_name_that_says_nothing_is_found(plant):
    plant("runs/b.py", "class OwnManager(KernelManager):\n    pass\n")
    root = plant("runs/a.py", "class RunManager:\n    pass\n\nclass K(KernelManager):\n    pass\n")
    assert shape.empty_names(root) == [
        "slonana_analysis/runs/a.py:1: RunManager says nothing about what it does"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        '"""Module."""\ndef public():\n    pass\n',
        '"""Module."""\nasync def public():\n    pass\n',
        '"""Module."""\ndef public():\n    """  """\n',
        '"""Module."""\nclass Public:\n    pass\n',
        '"""Module."""\nclass Public:\n    """Class."""\n    def method(self):\n        pass\n',
        '"""Module."""\nclass Public:\n    """Class."""\n    @property\n    def p(self): ...\n',
    ],
)
def test_a_missing_description_is_found(plant, text):
    assert len(shape.undescribed(plant("a.py", text))) == 1


@pytest.mark.parametrize(
    "text",
    [
        '"""Module."""\ndef _private():\n    pass\n',
        '"""Module."""\nclass _Private:\n    def method(self):\n        pass\n',
        '"""Module."""\nclass Public:\n    """Class."""\n    def __len__(self):\n        pass\n',
        '"""Module."""\ndef outer():\n    """Outer."""\n    def inner():\n        pass\n',
        '"""Module."""\n@typing.overload\ndef f(x: int) -> int: ...\n',
    ],
)
def test_what_is_not_public_needs_none(plant, text):
    assert shape.undescribed(plant("a.py", text)) == []
