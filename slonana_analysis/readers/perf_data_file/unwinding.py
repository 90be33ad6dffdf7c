"""Lets perf unwind the stacks that it copied: that takes call frame information, which it reads.

References
----------
perf-script(1); perf-record(1), ``--call-graph dwarf``.
"""

import dataclasses
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from slonana_analysis.model.profile import Profile
from slonana_analysis.readers.losses import LossCounter
from slonana_analysis.readers.perf_data_file import layout as f
from slonana_analysis.readers.perf_data_file.attributes import Attribute
from slonana_analysis.readers.perf_script import READER as TEXT

FRAME_POINTERS_ONLY = "so each stack is only what frame pointers give"
_SECONDS = 600.0
# Inlined frames cost a process per address, hours in all.
_COMMAND = ("script", "--header", "--no-inline", "--fields")
# perf refuses to print what was not recorded.
_RECORDED = ((f.TIME, "time"), (f.CPU, "cpu"), (f.PERIOD, "period"))
_ALWAYS = ("comm", "pid", "tid", "event", "ip", "sym", "symoff", "dso")


def unwound(source: str, attribute: Attribute, losses: LossCounter) -> Profile | None:
    """Return the profile of a recording as perf prints it.

    Parameters
    ----------
    source : str
        Path of the recording.
    attribute : Attribute
        Says which fields were recorded.
    losses : LossCounter
        Told why perf could not be asked.

    Returns
    -------
    Profile or None
        None if perf is missing, the source is no file of its own, or perf fails.
    """
    perf = shutil.which("perf")
    path = Path(source)
    if perf is None or not path.is_file():
        why = "perf is not installed" if perf is None else "the recording is no plain file"
        losses.say(f"stacks were copied to be unwound by perf, but {why}, {FRAME_POINTERS_ONLY}")
        return None
    recorded = [name for bit, name in _RECORDED if attribute.sample_type & bit]
    fields = ",".join((*_ALWAYS, *recorded))
    with tempfile.TemporaryFile() as text:
        try:
            done = subprocess.run(
                (perf, *_COMMAND, fields, "--input", str(path.absolute())),
                stdin=subprocess.DEVNULL,
                stdout=text,
                stderr=subprocess.DEVNULL,
                env={key: value for key, value in os.environ.items() if key != "DEBUGINFOD_URLS"},
                timeout=_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            losses.say(f"perf script could not be run to its end, {FRAME_POINTERS_ONLY}")
            return None
        text.seek(0)
        if done.returncode or not text.read(1):
            losses.say(f"perf script failed on this recording, {FRAME_POINTERS_ONLY}")
            return None
        text.seek(0)
        profile = TEXT.read(text, source)
    size = path.stat().st_size
    reasons = (*profile.loss.reasons, "its copied stacks were unwound by 'perf script --no-inline'")
    loss = dataclasses.replace(profile.loss, bytes=size, bytes_read=size, reasons=reasons)
    return dataclasses.replace(profile, format="perf-data", loss=loss)
