"""Readers, one file per format: each says which bytes are its own and turns them into tables.

Importing this package sets where this process keeps machine code, as importing the kernels does.
"""

from slonana_analysis.native.machine_code import keep_machine_code

keep_machine_code()
