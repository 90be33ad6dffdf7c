"""The frozen kernel: its bytes, what it computes, and where it cannot run."""

import base64
import hashlib
import platform

import numpy as np
import pytest

from slonana_analysis.errors import UnavailableError
from slonana_analysis.measure import reference
from slonana_analysis.measure.reference import reference_batch_ns, reference_kernel
from slonana_analysis.measure.reference_code import AARCH64, CODE, X86_64


@pytest.mark.parametrize(
    ("code", "digest"),
    [
        (X86_64, "0bc14784d15cc427a73ec607f2aa7f3133ba6b23ca7e9067a8e8f21c34066b6d"),
        (AARCH64, "0dac05299de40fe91ef49f9d6326c700871903d472511a17c58092115c8875b7"),
    ],
    ids=["x86-64", "aarch64"],
)
def test_the_bytes_never_change_without_a_new_name(code, digest):
    assert hashlib.sha256(base64.b64decode(code)).hexdigest() == digest


@pytest.mark.skipif(platform.machine() not in CODE, reason="no code for this machine")
@pytest.mark.parametrize("repetitions", [0, 1, 2, 1000])
def test_it_computes_what_its_source_says(repetitions):
    kernel = reference_kernel()
    kernel.out[:] = 0.0
    expected = np.zeros_like(kernel.out)
    for _ in range(repetitions):
        added = kernel.inputs * kernel.inputs + expected
        expected = np.maximum(added - expected, np.float32(0))
    assert kernel(repetitions) > 0
    np.testing.assert_array_equal(kernel.out, expected)


def test_its_batch_grows_with_the_subjects():
    assert reference_batch_ns(16_000.0) == 32_000.0
    assert reference_batch_ns(1e7) == pytest.approx(1e6)


def test_a_machine_without_code_says_what_that_means(monkeypatch):
    monkeypatch.setattr(reference.platform, "machine", lambda: "riscv64")
    with pytest.raises(UnavailableError, match=r"no code for riscv64.*cannot be compared"):
        reference_kernel.__wrapped__()


@pytest.mark.skipif(platform.machine() not in CODE, reason="no code for this machine")
def test_a_system_that_lets_no_process_make_code_says_so(monkeypatch):
    class Refusing:
        class mprotect:  # noqa: N801  # the C function's name
            def __new__(cls, *arguments):
                return -1

    monkeypatch.setattr(reference.ctypes, "CDLL", lambda *_, **__: Refusing)
    with pytest.raises(UnavailableError, match="mprotect was refused"):
        reference_kernel.__wrapped__()
