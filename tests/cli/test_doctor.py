import argparse
import json

import pytest

from slonana_analysis.cli import doctor


def run(*arguments):
    parser = argparse.ArgumentParser()
    doctor.configure(parser)
    return doctor.execute(parser.parse_args(arguments))


@pytest.fixture
def no_tools(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("no_tools")
def test_a_machine_without_tools_is_an_answer_not_a_failure(capsys):
    assert run() == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "to get it: apt-get install linux-perf" in printed
    assert "This machine" in printed


@pytest.mark.usefixtures("no_tools")
def test_json_has_everything_under_stable_names(capsys):
    assert run("--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert set(document) == {"machine", "tools", "permissions", "hazards"}
    assert document["tools"][0]["remedy"] == "apt-get install linux-perf"
    assert document["machine"]["cpu"]["logical"] >= 1


@pytest.mark.usefixtures("no_tools")
def test_text_from_the_host_is_no_markup(monkeypatch, capsys):
    monkeypatch.setenv("SLONANA_MACHINE", "lab")
    hostile = [("Processor", "\x1b[31mred [bold]loud[/bold]")]
    monkeypatch.setattr("slonana_analysis.report.site.machine.machine_facts", lambda _: hostile)
    run()
    printed = capsys.readouterr().out
    assert "\x1b[31m" not in printed
    assert "[bold]loud[/bold]" in printed
