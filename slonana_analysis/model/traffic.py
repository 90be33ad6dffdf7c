"""Packets and flows read from a capture of the network, with the ledger of what was lost."""

from dataclasses import dataclass, field

import pandas as pd

from slonana_analysis.model import schema
from slonana_analysis.model.profile import LossLedger


@dataclass(frozen=True)
class Traffic:
    """What went over a network interface.

    Attributes
    ----------
    format, tool : str
        Reader's name (``pcap``) and the tool that wrote the file where it says so (``tcpdump``).
    packets, flows : DataFrame
        Columns of ``schema.PACKETS`` and ``FLOWS``; a flow is one direction of one conversation.
        ``packets`` has no rows where the tool prints flows only.
    loss : LossLedger
        What was read and what was not.
    header : dict
        Facts the file states about its own recording (link type, snapshot length), by name;
        untrusted text.
    rates : DataFrame
        Columns of ``schema.RATES``: rates that the tool worked out itself, as iftop does; has no
        rows where the packets say it all.
    """

    format: str
    tool: str
    packets: pd.DataFrame
    flows: pd.DataFrame
    loss: LossLedger
    header: dict[str, str] = field(default_factory=dict)
    rates: pd.DataFrame = field(default_factory=schema.RATES.empty)
