import nbformat
import nbformat.v4 as new
import pytest

from tests.notebooks import rules

HEAD = """# Does unrolling pay?

**Question** Is a loop that is written out faster than one that is not, here and now?

**Needs** nothing but the processor; a minute.

**Produces** a verdict for each form of the loop, with its interval, in the table of the run.

This is here so that there are more words than the code below asks for, which any honest notebook
has anyway, because somebody has to say what the figures mean and where they stop meaning anything.
"""
PARAMETERS = 'preset: str = "quick"  # how long to measure, a preset'
IMPORTS = "import slonana_analysis as sa"
WORK = 'measurement = sa.measure_experiment("loop_unrolling", preset)'
SAVE = "sa.save(measurement)"


def notebook(*, head=HEAD, parameters=PARAMETERS, imports=IMPORTS, work=WORK, save=SAVE):
    """A notebook that keeps every rule, but for what the caller replaces."""
    cells = [new.new_code_cell(source) for source in (parameters, imports, work, save) if source]
    if parameters:
        cells[0].metadata.tags = ["parameters"]
    made = new.new_notebook(cells=[new.new_markdown_cell(head), *cells])
    return nbformat.from_dict(rules.stripped(made))


def complaints(made, name="21_loop_unrolling"):
    return [*rules.head(name, made), *(each for rule in rules.RULES for each in rule(made))]


def test_a_notebook_that_keeps_the_rules_is_left_in_peace():
    assert complaints(notebook()) == []


@pytest.mark.parametrize("name", ["loop_unrolling", "21-loop-unrolling", "21_Loop"])
def test_a_file_name_without_a_place_is_found(name):
    assert complaints(notebook(), name) == [
        f"{name} is not called by two digits and lower-case words"
    ]


@pytest.mark.parametrize(
    ("head", "complaint"),
    [
        (HEAD.removeprefix("# "), "cell 1 is not markdown that begins with a title"),
        (HEAD.replace("**Question**", ""), "cell 1 has no line that begins with Question"),
        (HEAD.replace("**Needs**", "It needs"), "cell 1 has no line that begins with Needs"),
        (HEAD.replace("Produces", "Makes"), "cell 1 has no line that begins with Produces"),
    ],
)
def test_a_head_that_lacks_something_is_found(head, complaint):
    assert complaints(notebook(head=head)) == [complaint]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("size = 3  # elements of the array", "is not `name: type = literal  # help, unit`"),
        ("size: int  # elements of the array", "is not `name: type = literal  # help, unit`"),
        ("print(3)  # elements of the array", "is not `name: type = literal  # help, unit`"),
        ("size: int = 1 << 20  # elements of the array", "the default is not a literal"),
        ("size: int = f()  # elements of the array", "the default is not a literal"),
        ("sizes: list = 3  # elements of the arrays", "the default is not of type list"),
        ("size: int = 'a'  # elements of the array", "the default is not of type int"),
        ("size: int = True  # elements of the array", "the default is not of type int"),
        ("size: float = '1'  # share of the array", "the default is not of type float"),
        ("size: int = 3", "has no trailing comment that explains it"),
        ("size: int = 3  # size", "has no trailing comment that explains it"),
    ],
)
def test_a_parameter_that_papermill_or_a_reader_cannot_use_is_found(line, problem):
    assert complaints(notebook(parameters=line)) == [f"cell 2, line 1: {problem}"]


@pytest.mark.parametrize(
    "line",
    [
        "share: float = 1  # share of the array, ratio",
        "sizes: list[int] = [1, 2]  # sizes to measure, bytes",
        "limit: float | None = None  # stop here, seconds",
        "size: int = -1  # elements of the array",
    ],
)
def test_a_parameter_of_any_literal_type_is_fine(line):
    assert complaints(notebook(parameters=line)) == []


def test_a_missing_or_second_parameters_cell_is_found():
    made = notebook()
    made.cells[1].metadata.pop("tags")
    assert complaints(made) == ["0 cells are tagged parameters, not one"]
    made = notebook()
    made.cells[3].metadata.tags = ["parameters"]
    assert complaints(made) == ["2 cells are tagged parameters, not one"]


def test_parameters_that_come_late_are_found():
    made = notebook()
    made.cells[1], made.cells[3] = made.cells[3], made.cells[1]
    assert "cell 4 is tagged parameters and is not the first with code" in complaints(made)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"imports": f"{IMPORTS}\nx = 1"}, "cell 3 does more than import"),
        ({"work": f"import numpy\n{WORK}"}, "cell 4 imports, which belongs into the import cell"),
        ({"work": f"{WORK}\n" + "# why\n" * 12}, "cell 4 has 13 lines, at most 12"),
        ({"work": "def f():\n    pass"}, "cell 4, line 1: defines something"),
        ({"work": "class C:\n    pass"}, "cell 4, line 1: defines something"),
        ({"work": "x = 1\nf = lambda: x"}, "cell 4, line 2: defines something"),
        ({"work": "sys.path.insert(0, x)"}, "cell 4 touches sys.path"),
        ({"work": "warnings.simplefilter('ignore')"}, "cell 4 silences warnings"),
        ({"save": ""}, "none of the last 2 code cells calls sa.save"),
        ({"work": SAVE, "save": "x = 1\n"}, None),
        ({"save": "x.save(y)"}, "none of the last 2 code cells calls sa.save"),
    ],
)
def test_a_cell_that_breaks_a_rule_is_found(changes, complaint):
    found = complaints(notebook(**changes))
    assert found == ([complaint] if complaint else [])


@pytest.mark.parametrize("work", ["%matplotlib inline", "!ls", "files = !ls", "  %time x = 1"])
def test_magics_and_the_shell_are_found(work):
    found = complaints(notebook(work=work))
    assert "cell 4 uses a magic or the shell" in found
    assert "cell 4 is not plain Python" in found


@pytest.mark.parametrize("work", ["x = y % 3", "text = '%d' % 3", "x = y != 3"])
def test_a_remainder_is_no_magic(work):
    assert complaints(notebook(work=work)) == []


def test_code_without_words_is_found():
    head = "# T\nQuestion Needs Produces".replace(" N", "\nN").replace(" P", "\nP")
    assert complaints(notebook(head=head)) == ["4 words for 4 lines of code, at least 8 per line"]


def test_outputs_and_what_a_run_leaves_behind_are_found():
    output = new.new_output("stream", text="3")
    for change in (
        lambda made: made.cells[3].outputs.append(output),
        lambda made: made.cells[3].update(execution_count=3),
        lambda made: made.cells[3].metadata.update(execution={"started": "now"}),
        lambda made: made.metadata.language_info.update(version="3.11.7"),
        lambda made: made.metadata.update(papermill={}),
        lambda made: made.metadata.kernelspec.update(name="mine"),
    ):
        made = notebook()
        change(made)
        (complaint,) = complaints(made)
        assert "run python -m tools.strip_notebooks" in complaint


def test_a_checked_cell_keeps_its_output_and_needs_one():
    made = notebook(work=f"# NBVAL_CHECK_OUTPUT\n{WORK}")
    assert complaints(made) == ["cell 4 is to be checked and stores no output to check against"]
    made.cells[3].outputs = [new.new_output("stream", text="3")]
    made.cells[3].execution_count = 1
    assert complaints(made) == []


def test_an_invalid_notebook_is_found():
    made = notebook()
    made.cells[3].surprise = 1
    assert any("is no valid notebook" in complaint for complaint in complaints(made))
