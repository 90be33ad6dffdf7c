"""Jupyter kernels for a run: forked where possible, ordinary where not; over local sockets."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, cast

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from slonana_analysis.errors import UnavailableError
from slonana_analysis.report.execution.forking import KernelServer, kernel_environment

_LAUNCHER = (sys.executable, "-m", "ipykernel_launcher")
# sun_path of unix(7) holds 107 bytes; the name of a socket adds up to 20 to its folder's.
_LONGEST_FOLDER = 80


class _Provisioner(LocalProvisioner):
    """Jupyter's own local kernels, except that a server is asked to fork them."""

    server: KernelServer | None = None
    on_note: Callable[[str], None]

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:  # noqa: ANN401  # Jupyter's signature
        if self.server is not None:
            try:
                kernel = self.server.fork(cmd[len(_LAUNCHER) :], kwargs["cwd"], kwargs["env"])
            except UnavailableError as error:
                self.on_note(f"{error}; using an ordinary kernel, which starts more slowly")
            else:
                self.process = cast("Any", kernel)  # has the part of Popen that is used
                self.pid = self.pgid = kernel.pid
                self.cwd = kwargs["cwd"]
                return self.connection_info
        return await super().launch_kernel(cmd, **kwargs)


class _Manager(AsyncKernelManager):
    """A kernel manager for this very interpreter, whatever kernels the user has installed."""

    @property
    def kernel_spec(self) -> KernelSpec:
        return KernelSpec(
            argv=[*_LAUNCHER, "-f", "{connection_file}"],
            display_name="Python 3 (slonana-analysis)",
            language="python",
        )


@dataclass(frozen=True)
class KernelSource:
    """Where a run's kernels come from.

    Attributes
    ----------
    folder : Path
        Private folder with a short name, for sockets and connection files.
    server : KernelServer or None
        None: every kernel is an ordinary one.
    on_note : callable
        Told in one sentence when a kernel could not be forked.
    """

    folder: Path
    server: KernelServer | None
    on_note: Callable[[str], None]
    _numbers: Iterator[int] = field(default_factory=count)

    def new_manager(self) -> AsyncKernelManager:
        """Return a manager whose kernel is yet to be started."""
        name = self.folder / f"k{next(self._numbers)}"
        manager = _Manager(
            kernel_name="python3", transport="ipc", ip=str(name), connection_file=f"{name}.json"
        )
        provisioner = _Provisioner(
            kernel_id=name.name, kernel_spec=manager.kernel_spec, parent=manager
        )
        provisioner.server = self.server
        provisioner.on_note = self.on_note
        manager.provisioner = provisioner
        return manager

    def environment(self) -> dict[str, str]:
        """Return a kernel's environment: ours, without what the user's IPython would run first."""
        return kernel_environment() | {"IPYTHONDIR": str(self.folder / "ipython")}


@contextmanager
def kernel_source(
    server: KernelServer | None, on_note: Callable[[str], None]
) -> Iterator[KernelSource]:
    """Provide kernels for as long as the context lasts.

    Raises
    ------
    UnavailableError
        If no folder with a name short enough for a local socket can be made.
    """
    with tempfile.TemporaryDirectory(prefix="slonana-", dir=_short_folder()) as folder:
        yield KernelSource(Path(folder), server, on_note)


def _short_folder() -> str:
    candidates = (tempfile.gettempdir(), "/tmp", "/dev/shm", "/var/tmp")  # noqa: S108  # only the parent of a private folder
    for folder in candidates:
        if len(os.fsencode(folder)) <= _LONGEST_FOLDER and os.access(folder, os.W_OK | os.X_OK):
            return folder
    raise UnavailableError(
        f"no temporary folder is writable and has a name of at most {_LONGEST_FOLDER} bytes "
        "(a local socket needs one); set TMPDIR to one"
    )
