"""Forests as machine code: lleaves' object file and tl2cgen's C, as libraries loaded here.

Both are compiled once per machine and kept in the cache.
"""

import ctypes
import json
import os
import subprocess
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from slonana_analysis.errors import UnavailableError
from slonana_analysis.experiments.peers.availability import LLEAVES, TL2CGEN, load, require_peer
from slonana_analysis.experiments.peers.grown_forest import GrownForest
from slonana_analysis.experiments.peers.kept_files import kept_file, text_of, versions
from slonana_analysis.experiments.peers.lleaves_environment import (
    HOW_TO_GET,
    lleaves_python,
    stamp_file,
)
from slonana_analysis.native.compiler import compiler_facts, processor_identity

_SECONDS = 300.0
_TAIL = 300

DEFAULT: dict[str, object] = {}
"""lleaves as it comes."""

TUNED: dict[str, object] = {"fcodemodel": "small", "fblocksize": 10}
"""What lleaves' documentation says to try, at the best that a search of both gave: a tenth less."""

# What the other environment's Python is given; it prints nothing and downloads nothing.
_COMPILE_WITH_LLEAVES = """
import json, sys, lleaves
model, compiled, settings = sys.argv[1:]
lleaves.Model(model).compile(cache=compiled, raw_score=True, **json.loads(settings))
"""


def lleaves_address(forest: GrownForest, settings: Mapping[str, object]) -> int:
    """Return the address of the forest's ``forest_root`` as lleaves compiles it.

    Compiled by lleaves and its own LLVM in float64 for this processor.

    Parameters
    ----------
    forest : GrownForest
        In LightGBM's text format.
    settings : mapping
        ``DEFAULT``, ``TUNED`` or other arguments of ``lleaves.Model.compile``.

    Returns
    -------
    int
        Of ``void forest_root(double *values, double *out, int32_t first, int32_t end)``; valid for
        as long as the process lives.

    Raises
    ------
    UnavailableError
        If lleaves' environment or a C compiler, which links, is missing, or either fails.
    """
    require_peer(LLEAVES)
    made_from = stamp_file().read_text("utf-8")
    asked = json.dumps(dict(settings), sort_keys=True)
    recipe = (forest.text, asked, made_from, processor_identity(), text_of(__file__))
    path = kept_file("lleaves.so", recipe, partial(_build_with_lleaves, forest, asked))
    return _address(path, "forest_root")


def tl2cgen_address(forest: GrownForest) -> int:
    """Return the address of the forest's ``predict`` as tl2cgen translates it to C.

    Compiled by this machine's compiler with the flags of our own C.

    Parameters
    ----------
    forest : GrownForest
        In LightGBM's text format.

    Returns
    -------
    int
        Of ``void predict(union Entry *row, int raw, double *out)``, which adds to ``out``; valid
        for as long as the process lives.

    Raises
    ------
    UnavailableError
        If tl2cgen, treelite or a C compiler is missing, or one of them fails.
    """
    require_peer(TL2CGEN)
    compiler = compiler_facts()
    tools = (*versions("tl2cgen", "treelite"), *compiler.command, compiler.version, *compiler.flags)
    recipe = (forest.text, *tools, processor_identity(), text_of(__file__))
    path = kept_file("tl2cgen.so", recipe, partial(_build_with_tl2cgen, forest))
    return _address(path, "predict")


def _build_with_lleaves(forest: GrownForest, settings: str, library: Path) -> None:
    compiled = library.with_suffix(".o")
    command = [str(lleaves_python()), "-I", "-c", _COMPILE_WITH_LLEAVES]
    _run([*command, str(forest.path), str(compiled), settings])
    compiler_facts().run("-shared", "-o", str(library), str(compiled))


def _build_with_tl2cgen(forest: GrownForest, library: Path) -> None:
    model = load("treelite").frontend.load_lightgbm_model(forest.path)
    folder = library.with_suffix("")
    load("tl2cgen").generate_c_code(model, dirpath=folder, params={})
    compiler = compiler_facts()
    # The generated code has variables that it never uses; that is not ours to be warned of.
    quiet = (*compiler.flags, "-w", "-fPIC", "-shared")
    compiler.run(*quiet, "-o", str(library), *map(str, sorted(folder.glob("*.c"))))


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            check=False,
            encoding="utf-8",
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=_SECONDS,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnavailableError(f"lleaves does not run ({error}); {HOW_TO_GET}") from error
    if done.returncode:
        said = " ".join(done.stderr.split())[-_TAIL:]
        raise UnavailableError(f"lleaves could not compile the forest ({said}); {HOW_TO_GET}")


def _address(path: Path, function: str) -> int:
    try:
        library = ctypes.CDLL(str(path))
        pointer = ctypes.cast(getattr(library, function), ctypes.c_void_p)
    except (OSError, AttributeError) as error:
        raise UnavailableError(f"{path} does not load ({error}); remove that file") from error
    if pointer.value is None:
        raise UnavailableError(f"{path} has no {function}; remove that file")
    return pointer.value
