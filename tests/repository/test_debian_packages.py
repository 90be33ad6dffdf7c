import os

import pytest

from tools import debian
from tools.checkout import BootstrapError

# Knows the packages that are listed in $INSTALLED, and exits as the real one does.
DPKG_QUERY = """
status=0
for name in "$@"; do
    case "$name" in --*) continue;; esac
    if grep -qx "$name" "$INSTALLED"; then echo "$name installed"
    elif grep -qx "$name:removed" "$INSTALLED"; then echo "$name config-files"
    else echo "no packages found matching $name" >&2; status=1; fi
done
exit $status
"""

# Has what $AVAILABLE lists; like the real one, installs nothing at all if one name is unknown.
APT_GET = """
echo "$@" >> "$CALLS"
for name in "$@"; do
    case "$name" in -*|DPkg*|Acquire*|install|update) continue;; esac
    grep -qx "$name" "$AVAILABLE" || { echo "E: Unable to locate package $name"; exit 100; }
    wanted="$wanted $name"
done
for name in $wanted; do echo "$name" >> "$INSTALLED"; done
"""


@pytest.fixture
def debian_machine(commands, tmp_path, monkeypatch):
    """A Debian machine that nothing is installed on; root unless told otherwise."""
    for name in ("installed", "available", "calls"):
        path = tmp_path / name
        path.touch()
        monkeypatch.setenv(name.upper(), str(path))
    monkeypatch.setattr(debian, "has_command", lambda _: False)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    # For grep; behind the commands of the tests.
    monkeypatch.setenv("PATH", os.environ["PATH"] + ":/usr/bin:/bin")
    commands("dpkg-query", DPKG_QUERY)
    commands("apt-get", APT_GET)
    return tmp_path


def test_a_package_list_is_names_and_comments(tmp_path):
    path = tmp_path / "apt.txt"
    path.write_text("# tools\nvalgrind\n\n  tcpdump  # packets\n")
    assert debian.read_package_list(path) == ["valgrind", "tcpdump"]


def test_a_package_list_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BootstrapError, match=r"apt\.txt cannot be read \(No such file"):
        debian.read_package_list(tmp_path / "apt.txt")


def test_installed_packages_are_not_missing_and_removed_ones_are(debian_machine):
    (debian_machine / "installed").write_text("valgrind\ntcpdump:removed\n")
    assert debian.missing_packages(["valgrind", "tcpdump", "heaptrack"]) == ["tcpdump", "heaptrack"]


@pytest.mark.parametrize(("package", "command"), [("linux-perf", "perf"), ("valgrind", "valgrind")])
def test_a_command_from_elsewhere_is_as_good_as_the_package(commands, package, command):
    assert debian.missing_packages([package]) == [package]
    commands(command)
    assert debian.missing_packages([package]) == []


def test_without_dpkg_a_package_without_a_command_counts_as_present(commands):
    assert debian.missing_packages(["libc6-dev"]) == []


def test_what_can_be_had_is_installed_and_the_rest_is_named(debian_machine, checkout, tmp_path):
    (debian_machine / "available").write_text("valgrind\ntcpdump\n")
    checkout.log.parent.mkdir()
    with (tmp_path / "log").open("w") as log:
        missing = debian.install_packages(checkout, ["valgrind", "linux-perf", "tcpdump"], log)
    assert missing == ["linux-perf"]
    assert (debian_machine / "installed").read_text().split() == ["valgrind", "tcpdump"]
    assert "Unable to locate package linux-perf" in (tmp_path / "log").read_text()


def test_apt_is_not_asked_again_for_what_it_refused(debian_machine, checkout, tmp_path):
    checkout.log.parent.mkdir()
    assert debian.may_install(checkout, ["linux-perf"])
    with (tmp_path / "log").open("w") as log:
        debian.install_packages(checkout, ["linux-perf"], log)
    assert not debian.may_install(checkout, ["linux-perf"])
    assert debian.may_install(checkout, ["linux-perf", "tcpdump"])


def test_apt_is_not_called_when_nothing_is_missing(debian_machine, checkout, tmp_path):
    (debian_machine / "installed").write_text("valgrind\n")
    assert not debian.may_install(checkout, debian.missing_packages(["valgrind"]))
    with (tmp_path / "log").open("w") as log:
        assert debian.install_packages(checkout, ["valgrind"], log) == []
    assert (debian_machine / "calls").read_text() == ""


def test_no_apt_is_obeyed(debian_machine, checkout, monkeypatch):
    monkeypatch.setenv("NO_APT", "1")
    assert not debian.may_install(checkout, ["valgrind"])


def test_an_ordinary_user_is_told_the_command(debian_machine, checkout, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert not debian.may_install(checkout, ["valgrind", "tcpdump"])
    assert debian.advice(["valgrind", "tcpdump"]) == (
        "not installed: valgrind tcpdump; what needs them is reported as not measured. "
        "To get them: sudo apt-get install --no-install-recommends valgrind tcpdump"
    )


def test_without_apt_no_apt_command_is_advised(commands, checkout):
    assert not debian.may_install(checkout, ["valgrind"])
    assert "apt-get" not in debian.advice(["valgrind"])
