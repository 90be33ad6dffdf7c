"""What a profile amounts to, in the words of ``ingest --json``."""

import dataclasses

from slonana_analysis.model.profile import Profile


def profile_facts(file: str, profile: Profile) -> dict[str, object]:
    """Return the facts of a profile as JSON values.

    Parameters
    ----------
    file : str
        Name of the file, as the user gave it.
    profile : Profile
        What was read of it.

    Returns
    -------
    dict
        ``file``, ``format``, ``tool``, ``event``, ``unit``, ``samples``, ``weight``, ``stacks``
        (distinct call stacks that were sampled), ``functions`` (distinct functions in them) and
        ``loss`` with the fields of ``LossLedger``.
    """
    sampled = profile.samples["node"]
    pairs = profile.frames[["function", "module"]]
    return {
        "file": file,
        "format": profile.format,
        "tool": profile.tool,
        "event": profile.event,
        "unit": profile.unit,
        "samples": len(profile.samples),
        "weight": profile.weight,
        "stacks": int(sampled[sampled >= 0].nunique()),
        "functions": len(pairs) - int(pairs.duplicated().sum()),
        "loss": dataclasses.asdict(profile.loss),
    }
