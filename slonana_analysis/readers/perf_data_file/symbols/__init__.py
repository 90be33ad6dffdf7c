"""Names for the addresses of a perf.data file, by the rules of perf itself.

``symbolizer.Symbolizer`` is what the record walk talks to: one per file, one call for each mapped
object with all of its addresses at once. Beneath it lie ELF files (``elf``, ``symbol_table``,
``procedure_linkage``), the places where debug symbols are kept (``debug_files``), the kernel's own
list (``kallsyms``), what just-in-time compilers write (``jit_maps``) and C++ names (``demangle``).

References
----------
Linux 6.1, ``tools/perf/util/{symbol,symbol-elf,dso,map,vdso}.c``; System V ABI, chapters 4 and 5.
"""
