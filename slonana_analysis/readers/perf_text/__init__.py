"""``perf script`` text in machine code: the usual lines, and a memory of those seen before.

Whatever is not usual goes, a line at a time, to the state machine of ``perf_parser``, which alone
defines what a text means. The two share their state, so that either can go on from any line.
"""
