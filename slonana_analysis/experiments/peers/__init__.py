"""The kernels beside the libraries that a researcher would otherwise use.

Equal work is checked to the bit, other work is labelled. Every library is optional: one that is
missing here leaves its rows out, and `missing_peers` says why and how to get it. What needs
compiling or training is made once per machine and kept in the user's cache; nothing is ever
fetched.
"""
