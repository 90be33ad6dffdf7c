"""Memory by place: over time, at the peak, leaked, temporary, grown."""

import io

import pytest

from slonana_analysis.errors import UnavailableError, UsageError
from slonana_analysis.experiments.recorded import recorded_capture
from slonana_analysis.model import schema
from slonana_analysis.profiles.allocators import bare_name, is_allocator, site_nodes
from slonana_analysis.profiles.memory import (
    OTHERS,
    growth,
    kept_moments,
    leaks,
    memory_sites,
    memory_timeline,
    site_label,
    temporaries,
)
from slonana_analysis.readers.heaptrack import READER as HEAPTRACK_READER
from slonana_analysis.readers.massif import READER as MASSIF_READER
from slonana_analysis.readers.registry import read_profile
from tests.readers.memory_text import HEAPTRACK, MASSIF, massif_snapshot


@pytest.fixture(scope="module")
def heap():
    return HEAPTRACK_READER.read(io.BytesIO(HEAPTRACK.encode()), "test")


@pytest.fixture(scope="module")
def snapshots():
    return MASSIF_READER.read(io.BytesIO(MASSIF.encode()), "test")


def rows(table, *columns):
    return list(table[list(columns)].itertuples(index=False, name=None))


def test_peak_by_place(heap, snapshots):
    table = memory_sites(heap)
    assert list(table.columns) == schema.MEMORY_SITES.names
    assert rows(table, "function", "module", "weight", "share", "paths") == [
        ("0x7f00", "/l.so", 0x40, 0.8, 1),
        ("put", "/opt/app", 0x10, 0.2, 1),
    ]
    assert rows(memory_sites(snapshots), "function", "weight", "paths") == [
        ("new_entry", 90, 3),
        ("[below massif's threshold]", 10, 1),
    ]


def test_functions_to_pass_over(heap, snapshots):
    assert rows(leaks(heap, skip="put|pat"), "function", "weight") == [("grow", 0x20)]
    assert rows(memory_sites(snapshots, skip="new_entry"), "function", "weight") == [
        ("grow", 60),
        ("start", 25),
        ("[below massif's threshold]", 15),
    ]
    with pytest.raises(UsageError, match="regular expression"):
        leaks(heap, skip="(")


def test_temporaries(heap, snapshots):
    table = temporaries(heap)
    assert list(table.columns) == schema.TEMPORARY_SITES.names
    assert sorted(rows(table, *schema.TEMPORARY_SITES.names)) == [
        ("0x7f00", "/l.so", 1, 2, 0.5, 0x40),
        ("put", "/opt/app", 1, 3, 1 / 3, 0x30),
    ]
    with pytest.raises(UnavailableError, match="does not count 'temporary'"):
        temporaries(snapshots)


def test_timeline_adds_up_to_the_heap(heap, snapshots):
    for profile in (heap, snapshots):
        table = memory_timeline(profile, top=1)
        assert list(table.columns) == schema.MEMORY_TIMELINE.names
        assert set(table["site"]) >= {OTHERS}
        sums = table.groupby("snapshot")["weight"].sum()
        assert sums.tolist() == profile.snapshots["heap"][sums.index].tolist()
        assert sums.index.tolist() == kept_moments(profile).tolist()
    table = memory_timeline(snapshots, top=5)
    assert rows(table, "snapshot", "time", "site", "weight") == [
        (1, 50, "new_entry", 40),
        (1, 50, "[below massif's threshold]", 0),
        (2, 90, "new_entry", 90),
        (2, 90, "[below massif's threshold]", 10),
    ]


def test_growth_adds_up_to_that_of_the_heap(heap, snapshots):
    assert rows(growth(snapshots), *schema.MEMORY_GROWTH.names) == [
        ("new_entry", "", 40, 90, 50),
        ("[below massif's threshold]", "", 0, 10, 10),
    ]
    table = growth(heap, 1, 4)
    assert table["change"].sum() == heap.snapshots["heap"][4] - heap.snapshots["heap"][1]
    assert rows(growth(snapshots, 2, 1), "change")[0] == (-10,)


def test_moments_without_call_paths(snapshots):
    with pytest.raises(UsageError, match="snapshot 0 has no call paths; those with any are 1, 2"):
        growth(snapshots, 0, 1)
    with pytest.raises(UsageError, match="at least one place"):
        memory_timeline(snapshots, top=0)
    text = MASSIF.partition("#")[0] + massif_snapshot(0, 0, 7)
    empty = MASSIF_READER.read(io.BytesIO(text.encode()), "test")
    with pytest.raises(UnavailableError, match="does not say what held memory"):
        memory_timeline(empty)
    assert memory_sites(empty).empty


def test_places_of_other_profiles_are_refused(profile_of):
    with pytest.raises(UnavailableError, match="does not count 'peak' but cycles"):
        memory_sites(profile_of(("a;b", 1)))


@pytest.mark.parametrize(
    ("function", "file"),
    [
        ("malloc", ""),
        ("__libc_malloc", ""),
        ("__GI___libc_malloc", ""),
        ("_int_malloc", ""),
        ("posix_memalign", ""),
        ("__mmap64", ""),
        ("xmalloc", ""),
        ("g_malloc0", ""),
        ("operator new(unsigned long)", ""),
        ("operator new[](unsigned long, std::nothrow_t const&)", ""),
        ("std::allocator<int>::allocate(unsigned long)", ""),
        ("void std::vector<a::B, std::allocator<a::B> >::_M_realloc_insert<a::B>(x)", ""),
        ("__gnu_cxx::new_allocator<int>::allocate(unsigned long, void const*)", ""),
        ("alloc::raw_vec::RawVec<T,A>::grow_one", ""),
        ("__rust_alloc", ""),
        ("allocate", "new_allocator.h"),
        ("push_back", "stl_vector.h"),
        ("_M_create", "basic_string.tcc"),
        ("anything", "/usr/include/c++/12/bits/hashtable.h"),
    ],
)
def test_allocators(function, file):
    assert is_allocator(function, file)


@pytest.mark.parametrize(
    ("function", "file"),
    [
        ("main", "main.c"),
        ("mallocate", ""),
        ("my::malloc_statistics(int)", ""),
        ("app::Pool::allocate(std::allocator<int>)", "pool.h"),
        ("app::Table<std::string>::grow(std::vector<int>)", ""),
        ("[below massif's threshold]", ""),
        ("[unknown]", ""),
        ("stdlib::run", ""),
        ("app::operator new_thing", ""),
    ],
)
def test_what_is_no_allocator(function, file):
    assert not is_allocator(function, file)


@pytest.mark.parametrize(
    ("function", "bare"),
    [
        ("void std::deque<int>::push(int const&)", "std::deque::push"),
        ("std::ostream& operator<< <char>(std::ostream&)", "operator<< <char>"),
        ("app::f(int (*)(char))", "app::f"),
        ("(anonymous namespace)::f(int)", "{anonymous}::f"),
        ("f", "f"),
        ("", ""),
        ("<" * 50_000, ""),
    ],
)
def test_bare_names(function, bare):
    assert bare_name(function) == bare


def test_a_stack_of_allocators_only_is_named_by_its_innermost(profile_of):
    profile = profile_of(("std::f;malloc", 1), ("main;std::f;malloc", 1))
    functions = profile.frames["function"].astype(str).tolist()
    frames = profile.nodes["frame"].tolist()
    named = [functions[frames[node]] for node in site_nodes(profile).tolist()]
    assert named == ["std::f", "malloc", "main", "main", "main"]


def test_labels_of_places():
    assert site_label("0x7f00", "/usr/lib/l.so") == "[l.so] 0x7f00"
    assert site_label("[unknown]", "/usr/lib/l.so") == "[l.so]"
    assert site_label("f", "m") == "f"


def test_recorded_captures_agree_on_what_holds_most():
    heap = read_profile(recorded_capture("heaptrack-pipeline").directory)
    snapshots = read_profile(recorded_capture("massif-pipeline").directory)
    for profile in (heap, snapshots):
        first = memory_sites(profile).iloc[0]
        assert (first["function"], first["weight"]) == ("open_pipeline", 5_054_464)
    assert rows(leaks(heap), "function", "weight") == [
        ("__GI__IO_file_doallocate", 4096),
        ("allocate_dtv", 320),
    ]
    assert rows(temporaries(heap).head(1), "function", "temporary") == [
        ("remember_signature", 38_570)
    ]
