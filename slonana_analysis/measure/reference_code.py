"""The frozen kernel's machine code: bytes that no compiler of a later day can change.

Compiled once from this C with GCC 12.2 (``-O2 -funroll-loops -ffp-contract=off``), SSE2 on x86-64
and NEON on AArch64; it calls nothing and refers to nothing outside itself::

    void reference(float *out, const float *in, int64_t repetitions) {
        for (int64_t k = 0; k < repetitions; k++) {
            for (int64_t i = 0; i < 256; i += 4) {
                vec x = load(in + i), y = load(out + i);
                x = add(mul(x, x), y);
                store(out + i, max(sub(x, y), zero));
            }
            __asm__ volatile("" ::: "memory");
        }
    }

Another work or another compilation is another kernel: it needs new bytes and the next number in
``model.measurement.REFERENCE``, so that no two are ever taken for the same.
"""

from collections.abc import Mapping

X86_64 = (
    "SIn4SInxSYnQMf9mD+/JSIXSD44RAQAADx+EAAAAAAAx0mYPH0QAAA8oBJFIjXIETI1KCEyNUgxMjVoQD1nAD1gE"
    "kA9cBJAPX8EPKQSQDygUsQ9Z0g9YFLAPXBSwD1/RDykUsEIPKByJSI1yFA9Z20IPWByIQg9cHIgPX9lCDykciEIP"
    "KCSRTI1KGA9Z5EIPWCSQQg9cJJAPX+FCDykkkEIPKCyZTI1SHEiDwiAPWe1CD1gsmEIPXCyYD1/pQg8pLJgPKDSx"
    "D1n2D1g0sA9cNLAPX/EPKTSwQg8oPIkPWf9CD1g8iEIPXDyID1/5Qg8pPIhGDygEkUUPWcBGD1gEkEYPXASQRA9f"
    "wUYPKQSQSIH6AAEAAA+FDf///0iDxwFJOfgPhfj+///Dww=="
)

AARCH64 = (
    "6wMCqgoAgNIBBABP4gMBqn8BAPENCQBUAQCA0h8gA9VAaOE8I0AAkQJo4TwpgACRA9wgbijAAJEnAAGRJkABkSWA"
    "AZEkwAGRZNQiToXUok6m9CFOBmihPCEAApFHaOM8EGjjPPHcJ24y1jBOU9awTnT2IU4UaKM8VWjpPBZo6Ty33jVu"
    "+NY2ThnXtk469yFOGmipPFto6DwcaOg8fd87br7XPE7f17xO4PchTgBoqDxDaOc8AmjnPGTcI26F1CJOptSiTsf0"
    "IU4HaKc8UGjmPBFo5jwS3jBuU9YxTnTWsU6V9iFOFWimPFZo5TwXaOU82N42bhnXN04617dOW/chThtopTxcaOQ8"
    "HWjkPJ7fPG7f1z1O4Ne9TgP0IU4DaKQ8PwAQ8eH3/1RKBQCRfwEK60H3/1TAA1/W"
)

CODE: Mapping[str, str] = {"x86_64": X86_64, "AMD64": X86_64, "aarch64": AARCH64}
"""Machine, as ``platform.machine()`` names it, to its code in base 64."""
