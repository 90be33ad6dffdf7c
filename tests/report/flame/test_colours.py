import pytest

from slonana_analysis.report.flame.colours import SHADES, module_kind, shade


@pytest.mark.parametrize(
    ("module", "kind"),
    [
        ("[kernel.kallsyms]", "kernel"),
        ("[guest.kernel.kallsyms]", "kernel"),
        ("/lib/modules/6.12/kernel/net/nf_tables.ko", "kernel"),
        ("/usr/lib/x86_64-linux-gnu/libc.so.6", "C library"),
        ("/usr/lib/x86_64-linux-gnu/libm-2.36.so", "C library"),
        ("[vdso]", "C library"),
        ("/usr/bin/slonana_validator", "program"),
        ("/opt/libcustom.so", "program"),
        ("[unknown]", "unknown"),
        ("", "unknown"),
    ],
)
def test_modules_are_told_apart_by_kind(module: str, kind: str) -> None:
    assert module_kind(module) == kind


def test_a_function_has_the_same_shade_in_every_picture() -> None:
    assert [shade(name) for name in ("main", "malloc", "\ud800")] == [2, 1, 1]


@pytest.mark.parametrize("colour", [colour for shades in SHADES.values() for colour in shades])
def test_dark_text_is_read_on_every_colour(colour: str) -> None:
    assert (_luminance(colour) + 0.05) / (_luminance("#14181f") + 0.05) >= 7


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
