import pytest

from tests.architecture import front_door


@pytest.mark.parametrize(
    "rule",
    [front_door.too_many_names, front_door.broken_promises, front_door.logic],
    ids=lambda rule: rule.__name__,
)
def test_the_package_keeps_the_rule(repository, rule):
    assert rule(repository) == []


def test_a_wide_door_is_found(plant):
    text = "".join(f"from .a import f{i} as f{i}\n" for i in range(21))
    assert front_door.too_many_names(plant("__init__.pyi", text)) == [
        "slonana_analysis/__init__.pyi offers 21 names, at most 20"
    ]


def test_a_name_that_is_not_there_is_found(plant):
    plant("room/a.py", "def f(): ...\nX: int = 1\nY = 2\nclass C: ...\n")
    plant("room/__init__.py", "from slonana_analysis.room.a import f\n")
    stub = "from .room.a import f, X, Y, C, missing\nfrom .room import a, f\nfrom .gone import g\n"
    assert front_door.broken_promises(plant("__init__.pyi", stub)) == [
        "slonana_analysis/__init__.pyi:1: there is no missing in slonana_analysis/room/a.py",
        "slonana_analysis/__init__.pyi:3: there is no g in slonana_analysis/gone.py",
    ]


def test_logic_behind_the_door_is_found(plant):
    text = '"""Door."""\nimport lazy_loader\n__version__ = "1"\nif lazy_loader:\n    pass\n'
    assert front_door.logic(plant("__init__.py", text)) == [
        "slonana_analysis/__init__.py:4: only imports and names belong here"
    ]
