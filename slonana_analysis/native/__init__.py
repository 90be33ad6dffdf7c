"""Our C: the kernels' opponent and the workload to profile, compiled when they are first used.

The sources ship in ``src``; what is compiled from them is kept in the user's cache, one folder for
each combination of sources, flags, compiler and processor.
"""
