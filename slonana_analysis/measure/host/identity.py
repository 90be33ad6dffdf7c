"""A name for a machine that stays the same until its processor changes."""

import hashlib
import json
import os
import platform
import re

from slonana_analysis.errors import UsageError
from slonana_analysis.measure.host.files import SystemFiles
from slonana_analysis.model.host import UNKNOWN, CpuFacts

VARIABLE = "SLONANA_MACHINE"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
_DIGITS = 12


def machine_id(cpu: CpuFacts, files: SystemFiles) -> str:
    """Return the machine's id.

    Made of what stays: the processor and the installation. Not of frequency, load or kernel, which
    would make one machine look like many.

    Parameters
    ----------
    cpu : CpuFacts
        Its identity, features and caches count.
    files : SystemFiles
        For ``/etc/machine-id``, which enters only as part of a hash; a container without one is
        told apart by its host name.

    Returns
    -------
    str
        12 hexadecimal digits, or the value of ``$SLONANA_MACHINE``.

    Raises
    ------
    UsageError
        If ``$SLONANA_MACHINE`` cannot name a folder.
    """
    if chosen := os.environ.get(VARIABLE, ""):
        if not _NAME.match(chosen):
            raise UsageError(
                f"{VARIABLE} is '{chosen}'; use up to 64 letters, digits, '.', '_' and '-'"
            )
        return chosen
    installation = files.text("etc/machine-id")
    parts = [
        *(cpu.vendor, cpu.model, cpu.architecture, cpu.family, cpu.stepping, cpu.hypervisor),
        cpu.logical,
        list(cpu.features),
        [[cache.level, cache.kind, cache.size_bytes] for cache in cpu.caches],
        platform.node() if installation == UNKNOWN else installation,
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:_DIGITS]
