import numpy as np
import pandas as pd
import pytest

from slonana_analysis.errors import SchemaError
from slonana_analysis.model import schema
from slonana_analysis.model.table import Table

TABLES = [value for value in vars(schema).values() if isinstance(value, Table)]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_empty_frame_conforms_to_its_own_table(table):
    empty = table.empty()
    assert list(empty.columns) == table.names
    pd.testing.assert_frame_equal(table.conform(empty), empty)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_column_says_what_it_means_once(table):
    assert len(set(table.names)) == len(table.names)
    assert all(column.meaning for column in table)


def test_conform_orders_columns_and_drops_the_index():
    frame = pd.DataFrame({"frame": [0, 1], "parent": [-1, 0]}, index=[7, 9])
    nodes = schema.NODES.conform(frame)
    assert list(nodes.columns) == ["parent", "frame"]
    assert list(nodes.index) == [0, 1]
    assert nodes.dtypes.astype(str).to_list() == ["int32", "int32"]


def test_conform_names_missing_and_unknown_columns():
    with pytest.raises(SchemaError, match=r"missing columns \['frame'\].*\['colour'\]"):
        schema.NODES.conform(pd.DataFrame({"parent": [0], "colour": [1]}))


@pytest.mark.parametrize("value", [0.5, 2**40, float("nan"), "seven"])
def test_a_value_the_column_cannot_hold_is_refused_not_rounded(value):
    with pytest.raises(SchemaError, match="'frame'"):
        schema.NODES.conform(pd.DataFrame({"parent": [0], "frame": [value]}))


def test_category_columns_store_each_name_once_as_text():
    frame = pd.DataFrame({"process": [1, 1], "thread": [1, 2], "name": ["a", "a"]})
    threads = schema.THREADS.conform(frame)
    assert threads["name"].cat.categories.to_list() == ["a"]
    assert threads["thread"].dtype == np.int64
