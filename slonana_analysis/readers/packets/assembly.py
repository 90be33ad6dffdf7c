"""Makes the traffic of a capture file whose packets were found: headers, tables, ledger."""

from collections.abc import Mapping
from dataclasses import dataclass

from slonana_analysis.model.traffic import Traffic
from slonana_analysis.readers.losses import LossCounter
from slonana_analysis.readers.packets.decoding import Decoded
from slonana_analysis.readers.packets.found import UNKNOWN_LINK
from slonana_analysis.readers.packets.link_layer import LINK_NAMES
from slonana_analysis.readers.packets.tables import flow_table, packet_table


@dataclass(frozen=True)
class Recording:
    """What a file says of itself; fields as in ``Traffic``."""

    format: str
    tool: str
    header: Mapping[str, str]


def traffic_of(
    decoded: Decoded, file_bytes: int, losses: LossCounter, recording: Recording
) -> Traffic:
    """Return the traffic of the packets that were found.

    Parameters
    ----------
    decoded : Decoded
        All packets.
    file_bytes : int
        Size of the file.
    losses : LossCounter
        What could not be found; packets whose link type is not read are added as a reason.
    recording : Recording
        What the file says of itself.

    Returns
    -------
    Traffic
        Tables with the columns and dtypes of ``schema``.
    """
    if decoded.unread:
        losses.say(
            f"{decoded.unread} packets are kept without addresses, because packets of "
            f"{_unread_links(decoded.links)} are not read here"
        )
    return Traffic(
        format=recording.format,
        tool=recording.tool,
        packets=packet_table(decoded),
        flows=flow_table(decoded),
        loss=losses.ledger(file_bytes, decoded.flow.size),
        header=dict(recording.header),
    )


def _unread_links(links: list[int]) -> str:
    named = [
        "an interface that is not described" if link == UNKNOWN_LINK else f"link type {link}"
        for link in links
        if link not in LINK_NAMES
    ]
    listed = ", ".join(named[:5])
    return listed if len(named) <= 5 else f"{listed} and {len(named) - 5} more"
