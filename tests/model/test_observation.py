import inspect

import pytest

from slonana_analysis.model.observation import observe_with, observed


@observed("folder")
def measure(what: str, folder: str = "", *, times: int = 1) -> str:
    """Say what."""
    return f"{what} {look_closer()} x{times} in {folder}"


@observed()
def look_closer() -> str:
    return "closely"


@pytest.fixture
def looks():
    seen = []

    def observer(look, see):
        seen.append((look.name, dict(look.arguments), look.kind))
        return see()

    observe_with(observer)
    yield seen
    observe_with(None)


def test_without_an_observer_a_look_is_a_call():
    assert measure("roofs", "here") == "roofs closely x1 in here"


def test_the_signature_and_the_description_stay():
    assert measure.__doc__ == "Say what."
    assert list(inspect.signature(measure).parameters) == ["what", "folder", "times"]


def test_the_observer_is_told_what_decides_and_only_of_the_outermost(looks):
    assert measure("roofs", "here", times=2) == "roofs closely x2 in here"
    assert look_closer() == "closely"
    assert looks == [
        ("measure", {"what": "roofs", "times": 2}, str),
        ("look_closer", {}, str),
    ]


def test_after_an_error_the_observer_is_back_at_its_post(looks):
    @observed()
    def fail() -> str:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        fail()
    look_closer()
    assert [name for name, _, _ in looks] == ["fail", "look_closer"]


def test_an_observer_may_answer_instead():
    observe_with(lambda look, see: "stored")
    try:
        assert measure("roofs") == "stored"
    finally:
        observe_with(None)
