"""The names of addresses: which object holds them, and which symbol of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.readers.perf_data_file.symbols import (
    debug_files,
    jit_maps,
    kallsyms,
    objects,
    vdso,
)
from slonana_analysis.readers.perf_data_file.symbols.demangle import note_on
from slonana_analysis.readers.perf_data_file.symbols.symbol_table import SymbolTable

DEBUG_DIRECTORIES = (Path("/usr/lib/debug"),)

_ANONYMOUS = ("//anon", "/dev/zero", "/anon_hugepage", "[stack", "/SYSV", "[heap]")
_MODULE_ENDINGS = (".ko", ".ko.gz", ".ko.xz", ".ko.zst")
_BPF = ("bpf_prog_", "bpf_trampoline_", "bpf_dispatcher_")

Found = tuple[SymbolTable | None, str]


@dataclass(frozen=True)
class Symbols:
    """The symbols of some addresses of one mapped object.

    Attributes
    ----------
    names : list of str
        Distinct names, demangled as perf prints them. They come out of files of others: escape
        them on display.
    number : ndarray of int32, shape (n_addresses,)
        Index into ``names``; -1 where no symbol is known.
    module : str
        The object as perf prints it, such as ``/usr/lib/x86_64-linux-gnu/libc.so.6``, ``[vdso]``
        or ``/tmp/perf-1234.map``.
    note : str
        Why addresses are left unknown, one sentence for the loss ledger; empty if nothing is
        amiss.
    """

    names: list[str]
    number: NDArray[np.int32]
    module: str
    note: str = ""


class Symbolizer:
    """Gives the addresses of one perf.data file their names.

    Parameters
    ----------
    build_ids : mapping of str to bytes
        The build ids that the file states: path as recorded (``[kernel.kallsyms]`` and ``[vdso]``
        for those) to the bytes of the id, from HEADER_BUILD_ID and from MMAP2 records.
    osrelease : str
        The kernel that was recorded (HEADER_OSRELEASE); empty if the file does not say.
    root : Path
        Where the recorded paths begin: another directory for recordings of other machines.
    debug_directories : sequence of Path
        Where ``.build-id/xx/yyy.debug`` files lie.
    kernel_reference : int
        Address that the reference symbol had when recorded: ``pgoff`` of the first kernel MMAP
        record (``[kernel.kallsyms]_text`` or ``_stext``). 0 if there is none.
    """

    def __init__(
        self,
        build_ids: Mapping[str, bytes],
        osrelease: str = "",
        root: Path = Path("/"),
        debug_directories: Sequence[Path] = DEBUG_DIRECTORIES,
        *,
        kernel_reference: int = 0,
    ) -> None:
        self._build_ids = dict(build_ids)
        self._osrelease = osrelease
        self._kernel_reference = kernel_reference
        self._places = objects.Places(root, tuple(debug_directories), debug_files.perf_cache())
        self._loaded: dict[tuple[str, int], Found] = {}

    def symbolize(
        self,
        path: str,
        offsets: NDArray[np.uint64],
        *,
        process: int,
        addresses: NDArray[np.uint64],
        executable: bool = True,
    ) -> Symbols:
        """Return the symbols of addresses in one mapped object.

        Parameters
        ----------
        path : str
            The object as recorded: a file, ``[kernel.kallsyms]_text`` or any
            ``[kernel.kallsyms]*``, the path of a kernel module, ``[vdso]``, ``[heap]``, ``//anon``.
        offsets : ndarray of uint64, shape (n_addresses,)
            Where they lie in the file: address - start of the mapping + pgoff.
        process : int
            Process number (pid) of the mapping; matters for anonymous memory only (the map that a
            just-in-time compiler writes). For every other path, all processes of the recording may
            go in one call.
        addresses : ndarray of uint64, shape (n_addresses,)
            The addresses as sampled, for the kernel and for anonymous memory.
        executable : bool
            Whether the mapping is executable (PROT_EXEC).

        Returns
        -------
        Symbols
            Names and, per address, which.
        """
        if path.startswith(kallsyms.KERNEL) or _is_module(path):
            return self._in_kernel(path, addresses)
        if path.startswith(_BPF):
            return Symbols([path], np.zeros(addresses.size, np.int32), path)
        if path.startswith(_ANONYMOUS) or path == jit_maps.map_path(process):
            if not executable:
                return _unknown(addresses.size, path)
            place = jit_maps.map_path(process)
            return _named(self._table(place, process), addresses, place)
        if not path.startswith("/") and path != vdso.VDSO:
            return _unknown(addresses.size, path)
        return _named(self._table(path, 0), offsets, path)

    def _table(self, path: str, process: int) -> Found:
        key = (path, process)
        if key not in self._loaded:
            self._loaded[key] = self._load(path, process)
        return self._loaded[key]

    def _load(self, path: str, process: int) -> Found:
        if process:
            return jit_maps.load(process, self._places.root)
        build_id = self._build_ids.get(path, b"")
        if path == vdso.VDSO:
            return vdso.load(build_id, self._places.cache)
        return objects.load(path, build_id, self._places)

    def _in_kernel(self, path: str, addresses: NDArray[np.uint64]) -> Symbols:
        module = f"[{_module_name(path)}]" if _is_module(path) else kallsyms.KERNEL
        kernel, note = kallsyms.kernel_symbols(
            self._build_ids.get(kallsyms.KERNEL, b""), self._osrelease, self._places.cache
        )
        if kernel is None:
            return _unknown(addresses.size, module, note)
        table = kernel.tables.get(module)
        if table is None:
            return _unknown(
                addresses.size, module, f"the kernel module {module} is not loaded here"
            )
        moved = self._kernel_moved(path, kernel)
        return _named((table, ""), addresses + np.uint64(moved % (1 << 64)), module)

    def _kernel_moved(self, path: str, kernel: kallsyms.KernelSymbols) -> int:
        """Return by how many bytes this boot's kernel lies higher than the recorded one."""
        name = path.removeprefix(kallsyms.KERNEL)
        reference = kernel.references.get(name if name in kernel.references else "_text")
        if not self._kernel_reference or reference is None:
            return 0
        return reference - self._kernel_reference


def _named(found: Found, positions: NDArray[np.uint64], module: str) -> Symbols:
    table, note = found
    if table is None:
        return _unknown(positions.size, module, note)
    symbols = table.find(positions)
    distinct, place = np.unique(symbols, return_inverse=True)
    unknown = int(distinct.size > 0 and distinct[0] < 0)
    shown = table.names(distinct[unknown:])
    # Variants of one constructor are several symbols with one name.
    places = {name: number for number, name in enumerate(dict.fromkeys(shown))}
    numbers = np.array([-1] * unknown + [places[name] for name in shown], np.int32)
    names = list(places)
    reason = note if unknown else ""
    return Symbols(names, numbers[place], module, reason or note_on(names))


def _unknown(count: int, module: str, note: str = "") -> Symbols:
    return Symbols([], np.full(count, -1, np.int32), module, note)


def _is_module(path: str) -> bool:
    return path.endswith(_MODULE_ENDINGS)


def _module_name(path: str) -> str:
    return path.rpartition("/")[2].partition(".ko")[0].replace("-", "_")
