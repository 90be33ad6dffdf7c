"""Kernels as C functions of one signature, to be timed beside compiled C through a pointer.

Every entry is ``uint64_t kernel(int32_t *out, const int32_t *input, const int32_t *model)``, where
``model`` is the kernel's own packed array, and returns an error code (0: fine). Entries compile on
first use: importing a module here compiles nothing.
"""
