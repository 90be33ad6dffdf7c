"""The same addresses named by perf itself, byte for byte the same names."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from slonana_analysis.readers.perf_data_file.symbols.elf import PT_LOAD, opened_elf
from slonana_analysis.readers.perf_data_file.symbols.symbolizer import Symbolizer
from tests.readers.symbols.elf_writer import LOCAL, ElfWriter, symbol
from tests.readers.symbols.recordings import RECORDED_PROCESS, names_by_perf, write_recording

pytestmark = pytest.mark.requires_perf

PROGRAM = r"""
#include <cmath>
#include <functional>
#include <map>
#include <regex>
#include <string>
#include <vector>
namespace work {
template <typename T>
size_t __attribute__((noinline)) count(const std::vector<T> &v, std::function<bool(T)> f) {
  size_t n = 0;
  for (auto &x : v) n += f(x);
  return n;
}
struct Thing {
  std::map<std::string, int> m;
  __attribute__((noinline)) Thing() { m["a"] = 1; }
  __attribute__((noinline)) int get(const std::string &s) const { return m.count(s); }
};
}
int main(int argc, char **argv) {
  work::Thing thing;
  std::vector<std::string> v(argv, argv + argc);
  std::regex r("([a-z]+)([0-9]*)x");
  auto f = [&](const std::string &s) { return std::regex_match(s, r) || thing.get(s); };
  return work::count<std::string>(v, f) + std::sin(argc) > 100;
}
"""


@pytest.fixture
def disagreements(tmp_path, monkeypatch):
    """Name addresses all over the executable part of a file both ways; return the differences."""
    monkeypatch.setenv("HOME", str(tmp_path))

    def compared(path, most=20_000):
        path = Path(path).resolve()
        offsets = executable_offsets(path, most)
        recording = tmp_path / "perf.data"
        write_recording(recording, path, offsets.tolist())
        expected = names_by_perf(recording)
        found = Symbolizer({}).symbolize(
            str(path), offsets, process=RECORDED_PROCESS, addresses=offsets
        )
        names = [*found.names, "[unknown]"]
        ours = [(names[number], found.module) for number in found.number.tolist()]
        assert len(ours) == len(expected)
        return [
            (hex(at), one, other)
            for at, one, other in zip(offsets.tolist(), ours, expected, strict=True)
            if one != other
        ]

    return compared


def executable_offsets(path, most):
    with opened_elf(path) as elf:
        parts = [
            np.arange(begin, begin + size, max(1, size // most), dtype=np.uint64)
            for begin, size in (
                (int(segment["p_offset"]), int(segment["p_filesz"]))
                for segment in elf.segments
                if segment["p_type"] == PT_LOAD and segment["p_flags"] & 1
            )
        ]
    return np.concatenate(parts)


@pytest.mark.parametrize(
    "library", ["libc.so.6", "libm.so.6", "libstdc++.so.6", "ld-linux-x86-64.so.2"]
)
def test_system_libraries(disagreements, library):
    path = Path("/usr/lib/x86_64-linux-gnu") / library
    if not path.exists():
        pytest.skip(f"there is no {path}")
    assert disagreements(path) == []


def test_the_interpreter_that_runs_this(disagreements):
    assert disagreements(sys.executable) == []


@pytest.mark.requires_cxx
@pytest.mark.parametrize(
    "options",
    [
        ["-O1"],
        ["-O2", "-s"],
        ["-O1", "-no-pie", "-Wl,-z,lazy"],
        ["-O1", "-static-pie"],
        ["-O0", "-Wl,--build-id=none"],
    ],
    ids=["pie", "stripped", "fixed", "static", "no build id"],
)
def test_programs_of_ours(disagreements, tmp_path, options):
    program = tmp_path / "program"
    compiler = os.environ.get("CXX", "c++")
    subprocess.run(
        [compiler, *options, "-x", "c++", "-", "-o", str(program)],
        input=PROGRAM,
        text=True,
        check=True,
    )
    assert disagreements(program) == []


@pytest.mark.parametrize("seed", range(12))
def test_random_overlapping_symbols(disagreements, tmp_path, seed):
    """Overlaps, aliases, labels and stubs at random: only perf's own tree finds the same."""
    generator = np.random.default_rng(seed)

    def some_of(letter):
        return letter * int(generator.integers(4))

    def some(prefix, count):
        return [
            symbol(
                "_" * int(generator.integers(3))
                + prefix
                + "x" * int(generator.integers(4))
                + str(n),
                0x1000 + int(generator.integers(0, 64)) * 8,
                int(generator.choice([0, 0, 4, 8, 40, 400])),
                kind=int(generator.choice([0, 1, 2, 10])),
                binding=int(generator.choice([LOCAL, 1, 2])),
            )
            for n in range(count)
        ]

    dynamic = [*[symbol(f"call{n}", 0, section=0) for n in range(20)], *some("dyn", 15)]
    writer = ElfWriter().with_build_id(os.urandom(20)).with_symbols(some("fn", 60))
    writer.with_symbols(dynamic, ".dynsym").with_plt(20, at=0x1100)
    target = tmp_path / "program"
    target.write_bytes(writer.bytes())
    assert disagreements(target) == []
