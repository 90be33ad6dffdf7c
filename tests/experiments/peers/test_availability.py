import importlib.util

import pytest

from slonana_analysis.errors import UnavailableError
from slonana_analysis.experiments.peers import availability
from slonana_analysis.experiments.peers.availability import (
    LLEAVES,
    PACKAGES,
    TL2CGEN,
    load,
    missing_peers,
    those_available,
)


def test_every_missing_package_is_named_with_the_command_that_gets_it(no_packages):
    missing = missing_peers()
    assert list(missing) == list(PACKAGES)
    for peer, reason in missing.items():
        assert all(package in reason for package in PACKAGES[peer]), reason
        assert "pip install 'slonana-analysis[peers]'" in reason


def test_lleaves_asks_for_its_environment(every_package, own_cache):
    assert set(missing_peers()) <= {LLEAVES, TL2CGEN}
    assert "make peers" in missing_peers()[LLEAVES] or "C compiler" in missing_peers()[LLEAVES]


def test_machine_code_asks_for_a_compiler(every_package, monkeypatch, worker):
    def no_compiler():
        raise UnavailableError("there is no C compiler; install one")

    worker("pass")
    monkeypatch.setattr(availability, "compiler_facts", no_compiler)
    assert missing_peers() == dict.fromkeys(
        (LLEAVES, TL2CGEN), "there is no C compiler; install one"
    )


@pytest.mark.parametrize("error", ["ImportError('built for numpy 1')", "OSError('libgomp.so.1')"])
def test_a_package_that_does_not_load_is_unavailable(tmp_path, monkeypatch, error):
    (tmp_path / "broken_peer.py").write_text(f"raise {error}\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert importlib.util.find_spec("broken_peer")
    with pytest.raises(UnavailableError, match=r"broken_peer cannot be .*(numpy 1|libgomp)"):
        load("broken_peer")


def test_what_is_unavailable_is_left_out_and_other_errors_are_not():
    def unavailable():
        raise UnavailableError("not here")

    assert those_available([lambda: 1, unavailable, lambda: 2]) == (1, 2)
    with pytest.raises(ZeroDivisionError):
        those_available([lambda: 1 // 0])
