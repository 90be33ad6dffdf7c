"""What an experiment needs to know of the machine: array sizes per level, and the roofs."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from slonana_analysis.measure.memory_levels import memory_levels
from slonana_analysis.model.host import HostFacts

if TYPE_CHECKING:  # launches import this module, and need no table: a fifth of a second each
    import pandas as pd


@dataclass(frozen=True)
class Machine:
    """Working sets and roofs, small enough to travel to a launch as JSON.

    Attributes
    ----------
    working_sets : mapping of str to int
        Level name to bytes.
    roofs : mapping of str to float
        Roof name to rate in bytes/s or operations/s; empty when none was measured.
    ghz : float
        Effective core clock, cycles per nanosecond; NaN when it was not measured.
    """

    working_sets: Mapping[str, int]
    roofs: Mapping[str, float] = field(default_factory=dict)
    ghz: float = math.nan

    @classmethod
    def describe(
        cls, facts: HostFacts, roofs: "pd.DataFrame | None" = None, ghz: float = math.nan
    ) -> "Machine":
        """Return the machine of these facts; ``roofs`` has the columns of ``schema.ROOFS``."""
        rates = {} if roofs is None else dict(zip(roofs["name"], roofs["value"], strict=True))
        named = {str(name): float(rate) for name, rate in rates.items()}
        # The sizes that the roofs were measured at, so that each result meets its own roof.
        levels = memory_levels(facts.cpu.caches, facts.memory_available_bytes)
        return cls(levels, named, ghz)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Machine":
        """Return the machine that ``as_json`` wrote."""
        return cls(dict(value["working_sets"]), dict(value["roofs"]), float(value["ghz"]))

    def as_json(self) -> dict[str, Any]:
        """Return JSON values; a clock that was not measured is a string, JSON has no NaN."""
        ghz = "nan" if math.isnan(self.ghz) else self.ghz
        return {"working_sets": dict(self.working_sets), "roofs": dict(self.roofs), "ghz": ghz}

    def read_roof(self, size: int) -> str:
        """Return the name of the read roof that holds for ``size`` bytes, read again and again."""
        level = next((name for name, held in self.working_sets.items() if size <= held), "DRAM")
        return f"read {level}"

    def nanoseconds(self, amount: float, roof: str) -> float:
        """Return the least time for ``amount`` bytes or operations; 0 where the roof is unknown."""
        rate = self.roofs.get(roof, math.inf)
        return 1e9 * amount / rate
