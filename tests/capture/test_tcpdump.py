"""tcpdump: a stand-in for its failures, and the real one on loopback where it may."""

import socket
import time

import pytest

from slonana_analysis.capture import tcpdump
from slonana_analysis.capture.recording import recording_of
from slonana_analysis.capture.tcpdump import tcpdump_job
from slonana_analysis.errors import UnavailableError, UsageError

VERSION = '[ "$1" = --version ] && echo tcpdump version 4.99.3 && exit\n'
# Its last argument but the filter is where to write.
WRITE = 'while [ "$1" != -w ]; do shift; done\n'


def recorded(job, directory):
    with recording_of(job, directory) as recording:
        recording.wait()
    return recording.capture


def test_a_capture_is_made(fake_tool, tmp_path):
    fake_tool("tcpdump", f'{VERSION}{WRITE}head -c 99 /dev/zero > "$2"; echo "$3"; sleep 30')
    capture = recorded(tcpdump_job([53, 8001], 0.2, interface="lo"), tmp_path / "cap")
    assert capture.main.name == "packets.pcap"
    assert capture.facts.notes == ()
    assert capture.facts.version == "4.99.3"
    assert (tmp_path / "cap" / "output.txt").read_text() == "port 53 or port 8001\n"
    command = " ".join(capture.facts.command)
    assert "-n -i lo -s 256 -U" in command
    assert "-C" not in capture.facts.command


def test_files_that_rotate(fake_tool, tmp_path):
    fake_tool(
        "tcpdump",
        f'{VERSION}echo "$@"\n{WRITE}head -c 99 /dev/zero > "$2"0; head -c 88 /dev/zero > "$2"1',
    )
    job = tcpdump_job((), 9.0, file_megabytes=5, files=2)
    capture = recorded(job, tmp_path / "cap")
    assert capture.main.name == "packets.pcap1"
    assert "the newest of 2 files" in capture.facts.notes[0]
    assert "-C 5 -W 2" in (tmp_path / "cap" / "output.txt").read_text()
    assert job.target == "packets on any"


@pytest.mark.parametrize(
    ("printed", "reason"),
    [
        ("tcpdump: lo: You do not have permission to capture", "setcap cap_net_raw"),
        ("tcpdump: nope: No such device exists", "'ip link' lists them"),
        ("tcpdump: can't parse filter expression", "it says 'can't parse filter expression'"),
        ("", "it says 'nothing'"),
    ],
)
def test_what_went_wrong_is_said_with_its_remedy(fake_tool, tmp_path, printed, reason):
    fake_tool("tcpdump", f'{VERSION}echo "{printed}"; exit 1')
    with pytest.raises(UnavailableError, match="tcpdump recorded nothing") as caught:
        recorded(tcpdump_job(), tmp_path / "cap")
    assert reason in str(caught.value)


def test_a_recording_without_packets_and_one_with_drops(fake_tool, tmp_path):
    fake_tool("tcpdump", f'{VERSION}{WRITE}head -c 24 /dev/zero > "$2"')
    assert "no packet was seen" in recorded(tcpdump_job(), tmp_path / "a").facts.notes[0]
    fake_tool(
        "tcpdump", f'{VERSION}echo 7 packets dropped by kernel\n{WRITE}echo {"x" * 30} > "$2"'
    )
    notes = recorded(tcpdump_job(), tmp_path / "b").facts.notes
    assert notes == ("7 packets dropped by kernel: the machine could not keep up",)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({"ports": [70_000]}, "there is no port 70000"),
        ({"interface": "-w"}, "is no network interface"),
        ({"duration": 0.0}, "duration must be more than 0"),
        ({"snapshot_bytes": 0}, "bytes kept of a packet must be more than 0"),
        ({"file_megabytes": -1}, "cannot hold -1 megabytes"),
        ({"files": 0}, "number of files must be more than 0"),
    ],
)
def test_wrong_calls(fake_tool, call, message):
    fake_tool("tcpdump", VERSION)
    with pytest.raises(UsageError, match=message):
        tcpdump_job(**call)


def test_no_tcpdump(monkeypatch):
    monkeypatch.setattr(tcpdump.shutil, "which", lambda _: None)
    with pytest.raises(UnavailableError, match="package tcpdump"):
        tcpdump_job()


@pytest.mark.requires_tcpdump
def test_real_packets_on_loopback(tmp_path):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind(("127.0.0.1", 0))
        port = sender.getsockname()[1]
        with recording_of(tcpdump_job([port], 60.0, interface="lo"), tmp_path / "cap") as recording:
            printed = next(tmp_path.glob(".cap-*")) / "output.txt"
            while "listening" not in printed.read_text():
                time.sleep(0.02)
            for _ in range(20):
                sender.sendto(b"x" * 100, ("127.0.0.1", port))
    raw = recording.capture.main.read_bytes()
    assert raw.count(b"x" * 100) == 20
