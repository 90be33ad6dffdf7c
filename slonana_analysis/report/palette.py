"""Colours of pages and figures: Okabe and Ito's set, told apart in every kind of colour blindness.

Source: https://jfly.uni-koeln.de/color/. Nothing is told apart by colour alone.
"""

from collections.abc import Mapping
from types import MappingProxyType

INK = "#1c2430"
MUTED = "#5b6675"
GRID = "#dde2e8"
BAND = "#e7ebf0"
HATCH = "#b9c2cd"
PAPER = "#ffffff"

BLUE = "#0072b2"
VERMILLION = "#d55e00"
GREEN = "#009e73"
PURPLE = "#cc79a7"
ORANGE = "#e69f00"
SKY = "#56b4e9"

VERDICT_COLOURS: Mapping[str, str] = MappingProxyType(
    {
        "improved": GREEN,
        "regressed": VERMILLION,
        "same": BLUE,
        "inconclusive": MUTED,
        "not measured": MUTED,
    }
)

DARK: Mapping[str, str] = MappingProxyType(
    {
        INK: "#e6eaf0",
        MUTED: "#a3adba",
        GRID: "#313a46",
        BAND: "#29323e",
        HATCH: "#4a5563",
        PAPER: "#171c24",
        BLUE: "#4ba3e3",
        VERMILLION: "#ef7d2d",
        GREEN: "#23b88d",
    }
)
"""What a colour becomes on a dark page; #0072b2 on near-black, say, would be only 3.3:1."""
