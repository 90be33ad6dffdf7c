"""A program recorded here, read by us and printed by perf: the same folded stacks."""

import io
import os
import secrets
import subprocess
from collections import Counter

import pytest

from slonana_analysis.profiles.folded import write_folded
from slonana_analysis.readers.perf_script import READER as TEXT
from slonana_analysis.readers.registry import read_profile

pytestmark = [pytest.mark.requires_perf, pytest.mark.requires_cc]

FIELDS = "comm,pid,tid,time,period,event,ip,sym,symoff,dso"
PROGRAM = r"""
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static volatile double sink;
__attribute__((noinline)) static double leaf(int n) {
  double sum = 0;
  for (int i = 1; i < 3000; i++) sum += sin(n * i) / i;
  return sum;
}
__attribute__((noinline)) static double recurse(int depth, int n) {
  return depth ? recurse(depth - 1, n) + 1 : leaf(n);
}
static void *work(void *argument) {
  for (int i = 0; i < 1500; i++) {
    char *block = malloc(100000);
    memset(block, i, 100000);
    sink += recurse(i % 40, i) + block[i];
    free(block);
  }
  return argument;
}
int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, work, NULL);
  work(NULL);
  return pthread_join(thread, NULL);
}
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    return compiled(tmp_path_factory.mktemp("program") / "program")


def compiled(target, more=""):
    options = ["-O1", "-fno-omit-frame-pointer", "-x", "c", "-", "-lm", "-lpthread"]
    subprocess.run(
        [os.environ.get("CC", "cc"), "-o", str(target), *options],
        input=(PROGRAM + more).encode(),
        check=True,
    )
    return target


def recorded(program, options, folder):
    target = folder / "perf.data"
    # The cache of build ids is the user's, and would know a program that has changed since.
    command = ["perf", "record", "-q", "-F", "1999", "--no-buildid-cache", "-o", str(target)]
    subprocess.run([*command, *options, "--", str(program)], check=True, capture_output=True)
    return target


def printed(recording):
    done = subprocess.run(
        ["perf", "script", "--no-inline", "-i", str(recording), "-F", FIELDS],
        check=True,
        capture_output=True,
    )
    return TEXT.read(io.BytesIO(done.stdout), "perf script")


def folded(profile):
    found = Counter()
    for event in profile.samples["event"].cat.categories:
        text = io.StringIO()
        write_folded(profile, text, event)
        for line in text.getvalue().splitlines():
            stack, _, weight = line.rpartition(" ")
            found[event, stack] += int(weight)
    return found


@pytest.mark.parametrize(
    "options",
    [
        ["-e", "cpu-clock", "-g"],
        ["-e", "cpu-clock"],
        ["-e", "cpu-clock:u,page-faults", "-g"],
        ["-e", "cpu-clock", "-g", "--compression-level=3"],
        ["-e", "cpu-clock", "-g", "--call-graph", "dwarf,1024"],
    ],
    ids=["stacks", "addresses", "events", "compressed", "dwarf"],
)
def test_the_same_weight_in_the_same_stacks(program, tmp_path, options):
    recording = recorded(program, options, tmp_path)
    ours, theirs = read_profile(recording), printed(recording)
    assert len(ours.samples) == len(theirs.samples) > 100
    assert ours.weight == theirs.weight
    found, expected = folded(ours), folded(theirs)
    shared = sum((found & expected).values())
    assert shared >= 0.999 * theirs.weight, (found - expected).most_common(5)


def test_a_program_that_changed_since_is_told_by_its_build_id(tmp_path):
    # perf may have kept the usual program, by its build id, when somebody recorded it.
    copy = compiled(tmp_path / "copy", f"int number_{secrets.randbits(64)};")
    recording = recorded(copy, ["-e", "cpu-clock", "-g"], tmp_path)
    compiled(copy, "int other;")
    profile = read_profile(recording)
    assert any("build id differs" in reason for reason in profile.loss.reasons)
    own = profile.frames[profile.frames["module"] == str(copy)]
    assert set(own["function"].astype(str)) == {"[unknown]"}


def test_through_a_pipe(program, tmp_path):
    recording = tmp_path / "pipe.data"
    with recording.open("wb") as stream:
        subprocess.run(
            ["perf", "record", "-q", "-e", "cpu-clock:u", "-g", "-o", "-", "--", str(program)],
            check=True,
            stdout=stream,
            stderr=subprocess.DEVNULL,
        )
    ours, theirs = read_profile(recording), printed(recording)
    assert ours.event == theirs.event
    assert sum((folded(ours) & folded(theirs)).values()) >= 0.999 * theirs.weight > 0
