"""What differs between the platforms that compiled timing code may run on."""

from slonana_analysis.errors import UnavailableError

_MONOTONIC = {"linux": 1, "darwin": 6}
_FLOAT_REGISTER = {"x86_64": "x", "aarch64": "w", "arm64": "w"}


def monotonic_clock_id(triple: str) -> int:
    """Return the value of ``CLOCK_MONOTONIC``.

    Parameters
    ----------
    triple : str
        LLVM target triple, for example ``"x86_64-unknown-linux-gnu"``.

    Returns
    -------
    int
        From ``<time.h>`` of the triple's C library: 1 on Linux, 6 on Darwin.

    Raises
    ------
    UnavailableError
        On any other operating system.
    """
    for system, value in _MONOTONIC.items():
        # "macosx" is what older toolchains call the same system.
        if system in triple.replace("macosx", "darwin"):
            return value
    raise UnavailableError(
        f"compiled code cannot read a clock on '{triple}'; measure on Linux or macOS"
    )


def float_register(triple: str) -> str:
    """Return the inline-assembly constraint of a floating-point register.

    Parameters
    ----------
    triple : str
        LLVM target triple.

    Returns
    -------
    str
        ``"x"`` on x86-64, ``"w"`` on 64-bit Arm.

    Raises
    ------
    UnavailableError
        On any other architecture.
    """
    architecture = triple.partition("-")[0]
    if architecture not in _FLOAT_REGISTER:
        raise UnavailableError(
            f"results cannot be kept from the optimiser on '{architecture}'; "
            f"measure on {' or '.join(_FLOAT_REGISTER)}"
        )
    return _FLOAT_REGISTER[architecture]
