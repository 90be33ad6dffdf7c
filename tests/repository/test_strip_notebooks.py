import nbformat
import pytest
from nbformat import v4

from tools import strip_notebooks


@pytest.fixture
def executed(tmp_path):
    """A notebook as JupyterLab leaves it after a run, in a path with a space."""
    plain = v4.new_code_cell("print(1)", execution_count=11, metadata={"trusted": True})
    plain.outputs = [v4.new_output("stream", text="1\n")]
    checked = v4.new_code_cell("# NBVAL_CHECK_OUTPUT\n1 + 1", execution_count=12)
    result = v4.new_output("execute_result", {"text/plain": "2"}, execution_count=12)
    checked.outputs = [result]
    tagged = v4.new_code_cell("x: int = 1", metadata={"tags": ["parameters"], "scrolled": True})
    notebook = v4.new_notebook(cells=[v4.new_markdown_cell("# Title"), tagged, plain, checked])
    notebook.metadata.language_info = {"name": "python", "version": "3.11.7"}
    path = tmp_path / "a notebook.ipynb"
    nbformat.write(notebook, path)
    return path


def test_only_checked_outputs_stay(executed):
    assert strip_notebooks.main([str(executed)]) == strip_notebooks.EXIT_CHANGED
    notebook = nbformat.read(executed, as_version=4)
    nbformat.validate(notebook)
    _, tagged, plain, checked = notebook.cells
    assert tagged.metadata == {"tags": ["parameters"]}
    assert (plain.outputs, plain.execution_count, plain.metadata) == ([], None, {})
    assert checked.execution_count == 1
    assert checked.outputs[0].execution_count == 1
    assert checked.outputs[0].data == {"text/plain": "2"}
    assert notebook.metadata.language_info == {"name": "python"}
    assert notebook.metadata.kernelspec.name == "python3"


def test_a_checked_cell_without_outputs_has_no_number_either():
    cell = v4.new_code_cell("# NBVAL_CHECK_OUTPUT\n1", execution_count=7)
    stripped = strip_notebooks.stripped(v4.new_notebook(cells=[cell]))
    assert stripped["cells"][0]["execution_count"] is None


def test_a_second_time_changes_nothing(executed):
    strip_notebooks.main([str(executed)])
    before = executed.read_bytes()
    assert strip_notebooks.main([str(executed)]) == 0
    assert executed.read_bytes() == before


def test_checking_changes_nothing_and_names_the_file(executed, capsys):
    before = executed.read_bytes()
    assert strip_notebooks.main(["--check", str(executed)]) == strip_notebooks.EXIT_CHANGED
    assert executed.read_bytes() == before
    assert "a notebook.ipynb: is to be stripped" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("source", "checked"),
    [
        ("# NBVAL_CHECK_OUTPUT\nx", True),
        ("x\n#NBVAL_CHECK_OUTPUT", True),
        ("print('# NBVAL_CHECK_OUTPUT')", False),
        ("# NBVAL_CHECK_OUTPUTS", False),
        ("# NBVAL_IGNORE_OUTPUT\nx", False),
    ],
)
def test_the_mark_is_a_comment_of_its_own(source, checked):
    assert strip_notebooks.is_checked(v4.new_code_cell(source)) is checked
