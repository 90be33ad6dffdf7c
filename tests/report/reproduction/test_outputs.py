import nbformat.v4 as new
import pytest

from slonana_analysis.report.reproduction.findings import Findings
from slonana_analysis.report.reproduction.outputs import code_sources, compare_outputs

TABLE = {"text/html": "<table><tr><td>1</td></tr></table>", "text/plain": "1"}
FIGURE = {"image/svg+xml": "<svg><path d='M0 0'/></svg>", "text/plain": "a line"}
FLAME = {"text/html": "<div><svg></svg></div>"}
PROSE = {"text/markdown": "It is **fast**."}


def shown(data, **metadata):
    return new.new_output("display_data", data, metadata=metadata)


def printed(text, name="stdout"):
    return new.new_output("stream", name=name, text=text)


def notebook(*outputs, source="show()", folder="a"):
    injected = new.new_code_cell(
        f"output = '{folder}'", metadata={"tags": ["injected-parameters"]}, outputs=[]
    )
    cell = new.new_code_cell(source, outputs=list(outputs))
    return new.new_notebook(cells=[new.new_markdown_cell("# About"), injected, cell])


def compare(stored, remade):
    findings = Findings()
    compare_outputs("21_a", stored, remade, findings)
    return findings


def test_equal_notebooks_are_counted_by_what_they_show():
    outputs = (shown(TABLE), shown(FIGURE), shown(FLAME), shown(PROSE), printed("done"))
    findings = compare(notebook(*outputs, folder="a"), notebook(*outputs, folder="b"))
    assert findings.differences == []
    assert findings.compared == findings.identical
    assert findings.compared == {"table": 1, "figure": 2, "text": 2}


@pytest.mark.parametrize(
    ("stored", "remade", "kind", "what"),
    [
        (shown(TABLE), shown(TABLE | {"text/plain": "2"}), "table", "text/plain differs"),
        (shown(FIGURE), shown(FIGURE | {"image/svg+xml": "<svg/>"}), "figure", "image/svg+xml"),
        (shown(FIGURE, alt="x"), shown(FIGURE, alt="y"), "figure", "metadata differs"),
        (shown(FIGURE), shown({"text/plain": "a line"}), "figure", "image/svg+xml differs"),
        (shown(PROSE), printed("It is"), "text", "differs"),
        (printed("a", "stdout"), printed("a", "stderr"), "text", "differs"),
        (shown({"application/json": {"a": 1}}), shown({"application/json": {"a": 2}}), "text", ""),
    ],
)
def test_one_output_that_differs_is_found(stored, remade, kind, what):
    findings = compare(notebook(stored), notebook(remade))
    (difference,) = findings.differences
    assert difference.where == f"21_a, cell 2, {kind}"
    assert what in difference.what
    assert findings.identical.total() == 0


def test_outputs_that_one_of_them_lacks_are_found():
    more = compare(notebook(shown(PROSE)), notebook(shown(PROSE), shown(FIGURE)))
    fewer = compare(notebook(shown(PROSE), shown(FIGURE)), notebook(shown(PROSE)))
    assert [each.what for each in more.differences] == ["was not there before"]
    assert [each.what for each in fewer.differences] == ["is not made again"]


def test_in_how_many_pieces_a_stream_arrived_does_not_matter():
    pieces = notebook(printed("a"), printed("b"), shown(PROSE), printed("c"))
    whole = notebook(printed("ab"), shown(PROSE), printed("c"))
    assert compare(pieces, whole).differences == []
    assert compare(whole, pieces).differences == []


def test_a_cell_with_other_code_is_named_and_not_compared():
    findings = compare(notebook(shown(TABLE)), notebook(shown(FIGURE), source="other()"))
    assert [each.where for each in findings.differences] == ["21_a, cell 2"]
    assert findings.compared.total() == 0


def test_a_cell_that_was_put_in_leaves_the_others_comparable():
    longer = notebook(shown(TABLE))
    longer.cells.insert(1, new.new_code_cell("first()"))
    findings = compare(notebook(shown(TABLE)), longer)
    assert [each.what for each in findings.differences] == [
        "cell 2 of the executed notebook was not stored"
    ]
    assert findings.identical == {"table": 1}


def test_injected_parameters_are_nobodys_code():
    assert code_sources(notebook()) == ["show()"]
