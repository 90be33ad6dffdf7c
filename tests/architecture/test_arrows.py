import pytest

from tests.architecture import arrows


@pytest.mark.parametrize(
    "rule",
    [
        arrows.forbidden_arrows,
        arrows.import_cycles,
        arrows.deferred_imports,
        arrows.slow_commands,
        arrows.relative_imports,
    ],
    ids=lambda rule: rule.__name__,
)
def test_the_package_keeps_the_rule(repository, rule):
    assert rule(repository) == []


def test_every_arrow_leads_to_a_room_that_the_table_knows():
    targets = frozenset().union(*arrows.ARROWS.values())
    assert targets <= arrows.ARROWS.keys() | arrows.UNBOUNDED


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("kernels/dense.py", "from slonana_analysis.measure.loops import bind\n"),
        ("kernels/dense.py", "from slonana_analysis import measure\n"),
        ("kernels/dense.py", "import slonana_analysis.measure.loops\n"),
        ("kernels/dense.py", "from slonana_analysis import judge\n"),
        ("kernels/dense.py", "import slonana_analysis\nslonana_analysis.judge\n"),
        ("kernels/dense.py", "def late():\n    from slonana_analysis.measure import loops\n"),
        ("kernels/dense.py", "ENTRY = 'slonana_analysis.measure.loops:bind'\n"),
        ("kernels/dense.py", "TEXT = '''\nfrom slonana_analysis.measure.loops import bind\n'''\n"),
        (
            "kernels/dense.py",
            "if TYPE_CHECKING:\n    from slonana_analysis.measure.loops import bind\n",
        ),
        ("readers/perf.py", "from slonana_analysis.capture.perf import record\n"),
        ("stats/paired.py", "from slonana_analysis.runs.store import open_run\n"),
        ("units.py", "from slonana_analysis.model.host import HostFacts\n"),
        ("runs/store.py", "from slonana_analysis.cli import main\n"),
    ],
)
def test_an_import_without_an_arrow_is_found(plant, path, text):
    (found,) = arrows.forbidden_arrows(plant(path, text))
    assert found.startswith(f"slonana_analysis/{path}:")
    assert "may not import slonana_analysis." in found


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("kernels/dense.py", "from slonana_analysis.simd import vectors\n"),
        ("kernels/dense.py", "from slonana_analysis.kernels.fixed_point import multiply\n"),
        ("kernels/dense.py", "from slonana_analysis import __version__, errors\n"),
        ("kernels/dense.py", "import slonana_analysis\nslonana_analysis.__file__\n"),
        ("model/host.py", "from slonana_analysis.errors import SlonanaError\n"),
        ("cli/run.py", "from slonana_analysis.report.site import write\n"),
        ("__init__.py", "from slonana_analysis.compare.verdicts import judge\n"),
        ("kernels/dense.py", '"""Read about slonana_analysis.measure.loops there."""\n'),
    ],
)
def test_an_import_along_an_arrow_is_not(plant, path, text):
    assert arrows.forbidden_arrows(plant(path, text)) == []


def test_a_room_that_the_design_does_not_know_is_found(plant):
    (found,) = arrows.forbidden_arrows(plant("attic/old.py", ""))
    assert found.startswith("slonana_analysis/attic/old.py:1: attic is no room")


def test_a_cycle_through_three_modules_is_found(plant):
    plant("runs/a.py", "from slonana_analysis.runs import b\n")
    plant("runs/b.py", "from slonana_analysis.runs.c import thing\n")
    (found,) = arrows.import_cycles(plant("runs/c.py", "import slonana_analysis.runs.a\n"))
    assert {f"slonana_analysis.runs.{name}" for name in "abc"} <= set(found.split())


def test_a_cycle_through_a_package_is_found(plant):
    plant("runs/__init__.py", "from slonana_analysis.runs.a import thing\n")
    assert arrows.import_cycles(plant("runs/a.py", "from slonana_analysis.runs import other\n"))


def test_a_chain_is_no_cycle(plant):
    plant("runs/a.py", "from slonana_analysis.runs import b\n")
    assert arrows.import_cycles(plant("runs/b.py", "")) == []


def test_an_import_in_a_function_is_found_outside_the_command_line(plant):
    text = "def show():\n    from slonana_analysis.runs import store\n"
    plant("cli/show.py", text)
    (found,) = arrows.deferred_imports(plant("report/show.py", text))
    assert found.startswith("slonana_analysis/report/show.py:2: slonana_analysis.runs.store")


def test_what_the_command_line_loads_at_once_is_found_wherever_it_hides(plant):
    plant("cli/run.py", "import json\nfrom slonana_analysis.runs.store import open_run\n")
    plant("runs/__init__.py", "import pandas as pd\n")
    root = plant("runs/store.py", "from numpy import load\n")
    assert arrows.slow_commands(root) == [
        "slonana_analysis/runs/__init__.py:1: pandas is loaded before the verb runs",
        "slonana_analysis/runs/store.py:1: numpy.load is loaded before the verb runs",
    ]


def test_what_it_loads_later_is_not(plant):
    plant("runs/store.py", "import numpy\n")
    later = "def execute():\n    from slonana_analysis.runs import store\n"
    typing = "if TYPE_CHECKING:\n    from slonana_analysis.runs import store\n"
    text = "VERB = 'slonana_analysis.runs.store'\n"
    assert arrows.slow_commands(plant("cli/run.py", later + typing + text)) == []


def test_a_relative_import_is_found(plant):
    root = plant("runs/a.py", "from .b import thing\nfrom . import c\n")
    assert arrows.relative_imports(root) == [
        "slonana_analysis/runs/a.py:1: .b.thing is a relative import",
        "slonana_analysis/runs/a.py:2: .c is a relative import",
    ]
