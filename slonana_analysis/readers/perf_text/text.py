"""Reads a text block by block: machine code as far as it goes, Python where it stops."""

import numpy as np

from slonana_analysis.model.profile import LossLedger
from slonana_analysis.readers.assembly import Collected
from slonana_analysis.readers.perf_fields import Sample
from slonana_analysis.readers.perf_parser import PerfParser
from slonana_analysis.readers.perf_text.collector import Collector
from slonana_analysis.readers.perf_text.lines import take_lines
from slonana_analysis.readers.perf_text.tables import (
    BLANK,
    BLOCK,
    DEPTH,
    FULL,
    HEADLESS,
    LAST,
    NONE,
    NUMBER,
    ONE_LINE,
    OPEN,
    STRUCTURED,
    THREAD,
    TIMED,
)
from slonana_analysis.readers.scanning import Bytes, line_end

# Where nothing is usual, Python keeps going for so many lines before machine code tries again.
_LONGEST_BURST = 256


class PerfText:
    """Takes the blocks of a text in order.

    Attributes
    ----------
    header : dict of str to str
        What the comments at the top of the file state, by name.
    """

    def __init__(self) -> None:
        self._collector = Collector()
        self._parser = PerfParser(self._collector, self._collector)
        self._block_offset = 0
        self._rest = b""
        self.header = self._parser.header

    @property
    def unit(self) -> str:
        """Unit of all weights: ns, events, samples, or mixed."""
        return self._parser.fields.unit

    def feed(self, block: Bytes) -> None:
        """Take a block that ends with a line feed; the last one need not."""
        end = block.size
        if block[-1] != ord("\n"):
            feeds = np.flatnonzero(block == ord("\n"))
            end = int(feeds[-1]) + 1 if feeds.size else 0
            self._rest = block[end:].tobytes()
        self._take(block[:end])
        self._block_offset += end

    def finish(self) -> tuple[Collected, LossLedger]:
        """Settle the last sample; return what was found and what was lost."""
        parser, collector = self._parser, self._collector
        parser.finish(self._rest)
        ledger = parser.losses.ledger(self._block_offset + len(self._rest), collector.samples)
        return collector.collected(parser.fields.units), ledger

    def _take(self, block: Bytes) -> None:
        position, burst = 0, 1
        while position < block.size:
            if self._parser.regular:
                behind = self._take_usual(block, position)
                burst = 1 if behind > position else min(2 * burst, _LONGEST_BURST)
                position = behind
            if position < block.size:
                position = self._take_unusual(block, position, burst)

    def _take_usual(self, block: Bytes, begin: int) -> int:
        """Take lines in machine code; return where it stopped."""
        collector = self._collector
        self._hand_over()
        position = begin
        while True:
            position = int(take_lines(block, position, collector.reading))
            if not collector.state[FULL]:
                break
            collector.state[FULL] = 0
            length = int(line_end(block, position, block.size)) - position
            collector.make_room(length, int(collector.state[DEPTH]) + 1)
        self._parser.standing.offset = self._block_offset + position
        self._take_over()
        return position

    def _take_unusual(self, block: Bytes, begin: int, count: int) -> int:
        """Take up to ``count`` lines in Python; return what is behind them."""
        position = begin
        lines: list[bytes] = []
        while position < block.size and len(lines) < count:
            end = int(line_end(block, position, block.size))
            lines.append(block[position:end].tobytes())
            position = end + 1
        self._parser.feed(lines)
        return position

    def _hand_over(self) -> None:
        """Tell machine code where the parser stands."""
        standing, state = self._parser.standing, self._collector.state
        sample, depth = standing.sample, len(standing.stack)
        state[OPEN] = sample is not None
        if sample is not None:
            state[THREAD:DEPTH] = (
                sample.thread,
                sample.time_ns,
                sample.weight,
                sample.event,
                sample.own_frame,
                sample.line,
                sample.offset,
                sample.whole,
                sample.rejected,
            )
        if 2 * depth + 1 > self._collector.stack.size:
            self._collector.stack = np.empty(4 * depth, np.int32)
        self._collector.stack[:depth] = standing.stack
        state[DEPTH] = depth
        state[NUMBER] = standing.line
        state[BLANK] = standing.candidate is not None
        state[TIMED] = self._parser.fields.timed
        state[ONE_LINE] = standing.one_line
        state[HEADLESS] = standing.headless
        state[STRUCTURED] = standing.structured
        state[LAST] = NONE
        state[BLOCK] = self._block_offset

    def _take_over(self) -> None:
        """Tell the parser where machine code stands."""
        standing, state = self._parser.standing, self._collector.state.tolist()
        standing.sample = None
        if state[OPEN]:
            thread, time, weight, event, own, line, offset, whole, rejected = state[THREAD:DEPTH]
            standing.sample = Sample(
                thread, time, weight, event, own, line, offset, bool(whole), rejected
            )
        standing.stack[:] = self._collector.stack[: state[DEPTH]].tolist()
        standing.line = state[NUMBER]
        if not state[BLANK]:
            standing.candidate = None
        standing.one_line = bool(state[ONE_LINE])
        standing.headless = bool(state[HEADLESS])
        standing.structured = bool(state[STRUCTURED])
