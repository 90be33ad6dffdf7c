"""Views of a profile: functions, callers, timeline, flame graph layout, and its writers."""
