"""One script for pages and widgets: complete, self-contained, and careful with names."""

import re
from collections import Counter
from importlib.resources import files

import pytest

from slonana_analysis.report.flame.script import page_script_text, script_text, style_text

ASSETS = files("slonana_analysis.report.flame") / "assets"
MODULES = sorted(path.name for path in ASSETS.iterdir() if path.name.endswith(".js"))


def test_every_module_is_in_the_script():
    text = script_text()
    for name in MODULES:
        first = (ASSETS / name).read_text("utf-8").splitlines()[0]
        assert text.count(first) == 1, name


def test_no_import_is_left_and_imports_name_what_exists():
    assert not re.search(r"^import ", script_text(), re.MULTILINE)
    for name in MODULES:
        text = (ASSETS / name).read_text("utf-8")
        for wanted, module in re.findall(
            r'^import \{([^}]*)\} from "\./(\w+\.js)";$', text, re.MULTILINE
        ):
            source = (ASSETS / module).read_text("utf-8")
            for one in filter(None, (part.strip() for part in wanted.split(","))):
                pattern = rf"^export (?:async )?(?:function|const|class) {one}\b"
                assert re.search(pattern, source, re.MULTILINE), (name, one)


def test_names_of_modules_do_not_clash_where_they_are_one_text():
    pattern = r"^(?:export )?(?:async )?(?:function\*?|const|let|class) (\w+)"
    counts = Counter(re.findall(pattern, script_text(), re.MULTILINE))
    assert len(counts) > 60
    assert [name for name, count in counts.items() if count > 1] == []


@pytest.mark.parametrize(
    "forbidden",
    ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function",
     "fetch(", "XMLHttpRequest", "http:", "https:", "import(", "localStorage", "</script"],
)  # fmt: skip
def test_names_never_become_markup_and_nothing_is_fetched(forbidden):
    assert forbidden not in page_script_text()


def test_the_style_sheet_fetches_nothing():
    assert not re.search(r"url\(|@import|@font-face|</style", style_text())
