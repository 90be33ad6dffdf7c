"""A run as it would stand on disk after `slonana-analysis run`, made up but complete."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from slonana_analysis.model import schema
from slonana_analysis.model.host import ActivityFacts, CacheFacts, CpuFacts, HostFacts
from slonana_analysis.model.run import NotebookRecord, RunManifest
from slonana_analysis.profiles.flame_graph import FlameGraph
from slonana_analysis.profiles.flame_tree import FlameTree
from slonana_analysis.report.figures import (
    PanelGrid,
    ReportFigure,
    effect_plot,
    kernel_bars,
    panel_grid,
    roofs_plot,
    timeline_plot,
)
from slonana_analysis.report.flame_graph import FlameGraphView
from slonana_analysis.report.notices import NotMeasured
from slonana_analysis.report.site.build import build_site
from slonana_analysis.report.tables import function_table, roofs_table, verdict_table
from slonana_analysis.runs.layout import MANIFEST, NOTEBOOKS
from slonana_analysis.runs.manifest import write_manifest
from slonana_analysis.runs.run import Run
from slonana_analysis.runs.tables import write_table
from tests.report.flame.made_flames import tree_of_layout
from tests.report.made_verdicts import (
    HOSTILE,
    HOSTILE_ATTRIBUTE,
    LEVELS,
    RUN_ID,
    inference_rows,
    unrolling_rows,
)

_FUNCTIONS = (
    ("slonana::svm::execute_transaction(Transaction const&)", "/usr/bin/slonana_pipeline"),
    ("process_packet", "/usr/bin/slonana_pipeline"),
    ("sha256_block", "/usr/bin/slonana_pipeline"),
    ("dense_forward", "/usr/bin/slonana_pipeline"),
    ("__memmove_avx_unaligned_erms", "/usr/lib/x86_64-linux-gnu/libc.so.6"),
    ("malloc", "/usr/lib/x86_64-linux-gnu/libc.so.6"),
    ("do_syscall_64", "[kernel.kallsyms]"),
    ("entry_SYSCALL_64_after_hwframe", "[kernel.kallsyms]"),
    ("0x00007f2a91c0", "[unknown]"),
    (HOSTILE, "/usr/bin/slonana_pipeline"),
    (HOSTILE_ATTRIBUTE, "[unknown]"),
)


@pytest.fixture(scope="session")
def verdicts() -> pd.DataFrame:
    return schema.VERDICTS.conform(pd.DataFrame(unrolling_rows() + inference_rows()))


@pytest.fixture(scope="session")
def inference(verdicts: pd.DataFrame) -> pd.DataFrame:
    return verdicts[verdicts["experiment"] == "ml_inference"].iloc[:-1]


@pytest.fixture(scope="session")
def roofs() -> pd.DataFrame:
    rows = [
        (f"{kind} {level}", rate * share, "bytes/s", 16384 << (5 * place))
        for kind, share in (("read", 1.0), ("triad", 0.6))
        for place, (level, rate) in enumerate(LEVELS.items())
    ]
    rows += [
        (f"multiply-add {t}", rate, "operations/s", 0)
        for t, rate in (("float64", 48.2e9), ("float32", 96.5e9))
    ]
    frame = pd.DataFrame(rows, columns=["name", "value", "unit", "working_set"])
    frame = frame.assign(low=frame["value"] * 0.97, high=frame["value"] * 1.01, rounds=200)
    return schema.ROOFS.conform(frame)


@pytest.fixture(scope="session")
def unrolling_points() -> pd.DataFrame:
    """What experiment 21 draws: nanoseconds per element over the unrolling."""
    rows = []
    for dtype, size, base in (("int32", 4, 0.31), ("float64", 8, 1.24)):
        for level, rate in LEVELS.items():
            roof = 1e9 * size / rate
            points = [("rolled", 1, base), ("left to the compiler", 1, base / 4)]
            for fold in (2, 4, 8, 16):
                points += [
                    ("one accumulator", fold, base),
                    ("many accumulators", fold, base / fold),
                ]
            for form, fold, time in points:
                ns = max(time, 1.05 * roof)
                rows.append((dtype, level, form, fold, ns, 0.98 * ns, 1.03 * ns, roof))
    names = ["dtype", "level", "form", "fold", "ns", "low", "high", "roof"]
    return pd.DataFrame(rows, columns=names)


@pytest.fixture(scope="session")
def unrolling_grid() -> PanelGrid:
    return PanelGrid(
        x="fold",
        y="ns",
        x_label="additions per turn of the loop",
        y_label="nanoseconds per element",
        series="form",
        rows="dtype",
        columns="level",
        roof="roof",
        across=frozenset({"left to the compiler"}),
        second_label="cycles per element",
        second_factor=3.2,
    )


@pytest.fixture(scope="session")
def flame_layout() -> FlameGraph:
    generator = np.random.default_rng(10)
    total = 10_200_000_000
    rows: list[tuple[object, ...]] = [(0, 0.0, 1.0, "all", "", total, 0)]

    def grow(depth: int, left: float, width: float) -> None:
        count = int(generator.integers(1, 5)) if depth < 9 and width > 0.004 else 0
        for share in generator.dirichlet(np.ones(count + 1))[:count]:
            part = float(width * share)
            if part >= 0.001:
                name, module = _FUNCTIONS[generator.integers(len(_FUNCTIONS))]
                weight = int(total * part)
                rows.append((depth, left, part, name, module, weight, weight // 3))
                grow(depth + 1, left, part)
                left += part

    grow(1, 0.0, 1.0)
    frame = pd.DataFrame(rows, columns=schema.RECTANGLES.names).sort_values(["depth", "left"])
    rectangles = schema.RECTANGLES.conform(frame)
    return FlameGraph(rectangles, int(rectangles["depth"].max()) + 1, total, "ns", 0.021)


@pytest.fixture(scope="session")
def flame_tree(flame_layout: FlameGraph) -> FlameTree:
    return tree_of_layout(flame_layout)


@pytest.fixture(scope="session")
def functions(flame_layout: FlameGraph) -> pd.DataFrame:
    grouped = flame_layout.rectangles.groupby(["function", "module"], as_index=False)
    frame = grouped.agg({"self": "sum", "weight": "max"}).rename(columns={"weight": "inclusive"})
    frame["self_share"] = frame["self"] / flame_layout.total
    frame["inclusive_share"] = frame["inclusive"] / flame_layout.total
    return schema.FUNCTIONS.conform(frame.sort_values("self", ascending=False))


@pytest.fixture(scope="session")
def timeline() -> pd.DataFrame:
    generator = np.random.default_rng(11)
    bins, width = 100, 100_000_000
    frames = [
        pd.DataFrame(
            {
                "start_ns": np.arange(bins) * width,
                "end_ns": (np.arange(bins) + 1) * width,
                "thread": name,
                "weight": generator.integers(low, high, bins) * (width // 100),
            }
        )
        for name, low, high in (("bank", 60, 95), ("tpu-receive", 20, 60), (HOSTILE, 0, 30))
    ]
    return schema.TIMELINE.conform(pd.concat(frames))


@pytest.fixture(scope="session")
def host() -> dict[str, Any]:
    facts = HostFacts(
        machine="9f2c41d07ab3",
        cpu=CpuFacts(
            vendor="AuthenticAMD",
            model="AMD EPYC 9354 32-Core Processor",
            architecture="x86_64",
            family="25",
            stepping="1",
            logical=4,
            usable=4,
            cores="unknown",
            smt="unknown",
            features=("avx", "avx2", "avx512f", "fma", "sse4_2"),
            caches=(
                CacheFacts(1, "data", 32768, 64, 1),
                CacheFacts(2, "unified", 1048576, 64, 1),
                CacheFacts(3, "unified", 33554432, 64, 4),
            ),
            governor="unknown",
            turbo="unknown",
            hypervisor="KVM",
            mitigations={"spectre_v2": "Mitigation: Retpolines", "mds": "Not affected"},
        ),
        memory_bytes=16 << 30,
        memory_available_bytes=11 << 30,
        kernel="6.12.48-amd64",
        operating_system="Debian GNU/Linux 13",
        clock_source="kvm-clock",
        clock_step_ns=10.0,
        cgroup_cpu_limit="none",
        activity=ActivityFacts(2.9, 1.4, 0.013, 0.07, 0.0),
        versions={"python": "3.11.9", "numba": "0.68.1", "numpy": "2.4.6", "perf": "6.12"},
        commit="627acb3d51c0-dirty",
    )
    return json.loads(json.dumps(asdict(facts)))


def _shown(value: object) -> Any:
    """The output cell that displaying `value` leaves in a notebook."""
    if isinstance(value, ReportFigure):
        data = {"image/svg+xml": value.svg(), "text/plain": value.description}
        metadata = {"image/svg+xml": {"alt": value.description}}
    elif isinstance(value, NotMeasured):
        data, metadata = value._repr_mimebundle_()
    else:
        data, metadata = {"text/html": value._repr_html_(), "text/plain": repr(value)}, {}
    return new_output("display_data", data=data, metadata=metadata)


def _code(source: str, *values: object) -> Any:
    return new_code_cell(source, outputs=[_shown(value) for value in values])


@pytest.fixture(scope="session")
def notebooks(
    *,
    verdicts: pd.DataFrame,
    inference: pd.DataFrame,
    roofs: pd.DataFrame,
    unrolling_points: pd.DataFrame,
    unrolling_grid: PanelGrid,
    flame_layout: FlameGraph,
    flame_tree: FlameTree,
    functions: pd.DataFrame,
    timeline: pd.DataFrame,
) -> dict[str, Any]:
    unrolling = verdicts[verdicts["experiment"] == "loop_unrolling"]
    overview = [
        new_markdown_cell(
            "# This machine\n\n**Question.** What can this machine do, and what of it can be "
            "measured?\n\n**Produces.** The roofs that every later result is held against. "
            "See [the profile](10_cpu_profiling.ipynb)."
        ),
        new_code_cell('preset: str = "quick"  # smoke, quick or full'),
        new_markdown_cell("## Roofs\n\nBandwidth by level of the memory hierarchy."),
        _code("roofs_plot(roofs)", roofs_plot(roofs, title="Limits of this machine")),
        _code("roofs_table(roofs)", roofs_table(roofs)),
        new_markdown_cell("## What is missing"),
        _code(
            "counters",
            NotMeasured(
                "hardware counters (cycles, cache misses)",
                "This virtual machine hides them; perf falls back to cpu-clock.",
                "Run on the host itself, or ask its owner to pass the PMU through.",
            ),
        ),
        _code("facts", pd.DataFrame({"fact": ["kernel"], "value": ["6.12.48-amd64"]})),
    ]
    profiling = [
        new_markdown_cell("# Where processor time goes\n\nA profile of the pipeline."),
        new_markdown_cell("## Flame graph"),
        _code("view", FlameGraphView(flame_layout, flame_tree, title="slonana_pipeline, 10 s")),
        new_markdown_cell("## Functions\n\n### By their own share"),
        _code("function_table(functions)", function_table(functions, "ns", top=8)),
        new_markdown_cell("## Timeline"),
        _code("timeline_plot(t)", timeline_plot(timeline, "ns", title="Busy processors")),
    ]
    loops = [
        new_markdown_cell("# Loop unrolling\n\nDoes unrolling a sum by hand pay?"),
        new_markdown_cell("## Time per element"),
        _code(
            'show(panel_grid(points, grid, title="What unrolling buys"))',
            panel_grid(unrolling_points, unrolling_grid, title="What unrolling buys"),
        ),
        new_markdown_cell("## Verdicts"),
        _code("effect_plot(verdicts)", effect_plot(unrolling.iloc[:24], title="Effects")),
        _code("verdict_table(verdicts)", verdict_table(unrolling)),
    ]
    kernels = [
        new_markdown_cell("# Inference kernels\n\nEvery kernel against its baseline and roof."),
        _code(
            "kernel_bars(verdicts)",
            kernel_bars(inference, roofs={'{"shape": "32x32"}': 120.0}, title="Dense layer"),
        ),
        new_code_cell(
            "forest(model)",
            outputs=[
                new_output("stream", name="stdout", text="launch 1 of 7\n<b>launch 2</b>\n"),
                new_output(
                    "error",
                    ename="CheckError",
                    evalue=HOSTILE,
                    traceback=[f"\x1b[0;31mCheckError\x1b[0m: {HOSTILE}"],
                ),
            ],
        ),
    ]
    cells = {
        "00_overview": overview,
        "10_cpu_profiling": profiling,
        "21_loop_unrolling": loops,
        "60_ml_inference": kernels,
    }
    return {
        name: new_notebook(cells=content, metadata={"language_info": {"name": "python"}})
        for name, content in cells.items()
    }


@pytest.fixture(scope="session")
def manifest(host: dict[str, Any]) -> RunManifest:
    failure = f"cell 3 raised CheckError: the forest's outputs differ from the baseline's {HOSTILE}"
    return RunManifest(
        run=RUN_ID,
        date="2026-11-23",
        start="2026-11-23T04:15:00+00:00",
        preset="quick",
        parameters={},
        host=host,
        notebooks=(
            NotebookRecord("00_overview", "This machine", "done", 8.1, 1.2),
            NotebookRecord("10_cpu_profiling", "Where processor time goes", "done", 14.7, 1.1),
            NotebookRecord("21_loop_unrolling", "Loop unrolling", "done", 96.2, 1.1),
            NotebookRecord("60_ml_inference", "Inference kernels", "failed", 12.3, 1.1, failure),
            NotebookRecord("61_async_execution", "Asynchronous execution", "interrupted", 0.4, 1.0),
        ),
        checksums={},
    )


@pytest.fixture(scope="session")
def make_run(
    verdicts: pd.DataFrame,
    roofs: pd.DataFrame,
    notebooks: dict[str, Any],
) -> Callable[[Path, RunManifest], Run]:
    """Write a run of this manifest into a folder and open it."""

    def make(folder: Path, manifest: RunManifest) -> Run:
        write_table(verdicts, schema.VERDICTS, folder)
        write_table(roofs, schema.ROOFS, folder)
        write_table(schema.SAMPLES.empty(), schema.SAMPLES, folder)
        write_table(schema.CHECKS.empty(), schema.CHECKS, folder)
        write_manifest(manifest, folder / MANIFEST)
        (folder / NOTEBOOKS).mkdir()
        for name, notebook in notebooks.items():
            nbformat.write(notebook, folder / NOTEBOOKS / f"{name}.ipynb")
        return Run(folder, manifest)

    return make


@pytest.fixture(scope="session")
def run(
    tmp_path_factory: pytest.TempPathFactory,
    make_run: Callable[[Path, RunManifest], Run],
    manifest: RunManifest,
) -> Run:
    return make_run(tmp_path_factory.mktemp("runs") / RUN_ID, manifest)


@pytest.fixture(scope="session")
def index(run: Run) -> Path:
    """The start page of the built report."""
    return build_site(run)
