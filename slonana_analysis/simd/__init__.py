"""LLVM vectors as numba types, one function per instruction, and arrays aligned for them.

Kernels written with these read like C with intrinsics. `target` says which instruction set kernels
should be written for; `vectors` names the types; `memory` loads and stores; `operations` works lane
by lane, `lanes` across lanes, and `multiply` holds the multiplications that x86 is fast at. Where
the processor lacks an instruction, every function compiles to generic LLVM code of the same
meaning: slower, never different.
"""
