import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slonana_analysis.errors import FormatError
from slonana_analysis.runs.identity import is_run_id, new_run_id, run_date, run_start

MOMENTS = st.integers(0, 32_503_680_000).map(lambda second: datetime.fromtimestamp(second, UTC))


@given(MOMENTS, MOMENTS)
def test_ids_sort_by_time_and_state_their_start(first: datetime, second: datetime) -> None:
    early, late = sorted((first, second))
    ids = new_run_id(early), new_run_id(late)
    assert early == late or ids[0] < ids[1]
    assert run_start(ids[0]) == early
    assert all(is_run_id(run_id) for run_id in ids)


def test_an_id_is_in_utc_whatever_the_zone() -> None:
    moment = datetime(2026, 11, 23, 1, 30, tzinfo=timezone(timedelta(hours=5)))
    run_id = new_run_id(moment)
    assert re.fullmatch(r"20261122T203000Z-[0-9a-f]{6}", run_id)
    assert run_date(run_id) == "2026-11-22"


def test_two_runs_of_one_second_differ() -> None:
    moment = datetime(2026, 11, 23, tzinfo=UTC)
    assert len({new_run_id(moment) for _ in range(50)}) > 1


@pytest.mark.parametrize(
    "text", ["", "latest", "../20261123T032959Z-7f3a9c", "20261123T032959Z-7f3a9c\n", "20261399"]
)
def test_other_text_is_no_id(text: str) -> None:
    assert not is_run_id(text)
    with pytest.raises(FormatError, match="is not a run id"):
        run_start(text)


def test_an_impossible_day_is_refused() -> None:
    with pytest.raises(FormatError, match="is not a run id"):
        run_start("20261399T032959Z-7f3a9c")
