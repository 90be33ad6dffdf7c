"""Counts what a reader could not keep, and says it in sentences."""

from slonana_analysis.model.profile import LossLedger


class LossCounter:
    """Bytes, records and reasons lost so far.

    Attributes
    ----------
    bytes_lost : int
        Bytes of the file that ended up in nothing kept.
    dropped : int
        Records begun but not kept.
    truncated : bool
        Whether the file ends before its last record does.
    """

    def __init__(self) -> None:
        self.bytes_lost = 0
        self.dropped = 0
        self.truncated = False
        self._kinds: dict[str, tuple[int, int]] = {}
        self._sentences: list[str] = []

    def count(self, kind: str, line: int) -> None:
        """Count one more loss of a kind (a plural noun phrase) at this line number."""
        number, first = self._kinds.get(kind, (0, line))
        self._kinds[kind] = (number + 1, first)

    def say(self, sentence: str) -> None:
        """Add a reason that is stated once."""
        self._sentences.append(sentence)

    def ledger(self, total_bytes: int, records: int) -> LossLedger:
        """Return the ledger of a file of ``total_bytes`` of which ``records`` were kept."""
        counted = [
            f"{number} {kind}, the first at line {line}"
            for kind, (number, line) in self._kinds.items()
        ]
        return LossLedger(
            bytes=total_bytes,
            bytes_read=total_bytes - self.bytes_lost,
            records=records,
            dropped=self.dropped,
            truncated=self.truncated,
            reasons=(*counted, *self._sentences),
        )
