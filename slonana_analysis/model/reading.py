"""What a reader makes of a file: one of the three kinds of tables that tools leave behind."""

from typing import TypeAlias

from slonana_analysis.model.counters import Counters
from slonana_analysis.model.profile import Profile
from slonana_analysis.model.traffic import Traffic

Reading: TypeAlias = Profile | Traffic | Counters
