"""The papermill engine that runs a notebook in a kernel of ours."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from jupyter_core.utils import ensure_event_loop
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, NotebookExecutionManager, papermill_engines

from slonana_analysis.report.execution.kernels import KernelSource

ENGINE = "slonana-forked"

_LEAST_SECONDS = 0.1
_OUTPUT_SECONDS = 60  # a busy machine may take long to pass on a large output

_LOG = logging.getLogger(__name__)
_LOG.addHandler(logging.NullHandler())  # errors reach the user through the notebook's record


@dataclass(frozen=True)
class EngineSettings:
    """What the engine needs beside the notebook.

    Attributes
    ----------
    kernels : KernelSource
        Where the kernel comes from.
    directory : Path
        The kernel's working directory.
    environment : dict of str to str
        Added to the kernel's environment.
    timeout : float
        Seconds the whole notebook may take.
    on_ready : callable
        Called when the first cell is about to start.
    setup : str
        Python that the kernel executes unseen before the first cell.
    """

    kernels: KernelSource
    directory: Path
    environment: dict[str, str]
    timeout: float
    on_ready: Callable[[], None]
    setup: str = ""


class _Client(PapermillNotebookClient):  # type: ignore[misc]  # papermill has no types
    """papermill's client; a timeout and a dead kernel end a notebook as an exception in it does."""

    settings: EngineSettings
    deadline: float

    def execute(self) -> None:
        self.reset_execution_trackers()
        self.deadline = time.monotonic() + self.settings.timeout
        # nbclient asks before each cell, and takes zero for "no limit".
        self.timeout_func = lambda _cell: max(_LEAST_SECONDS, self.deadline - time.monotonic())
        environment = self.settings.kernels.environment() | self.settings.environment
        try:
            with self.setup_kernel(
                cleanup_kc=True, cwd=str(self.settings.directory), env=environment
            ):
                reply = self.wait_for_reply(self.kc.kernel_info())
                self.nb.metadata["language_info"] = reply["content"]["language_info"]
                self._set_up()
                self.settings.on_ready()
                self.papermill_execute_cells()
                self.set_widgets_metadata()
        finally:
            _cancel_leftovers()

    def _set_up(self) -> None:
        if not self.settings.setup:
            return
        request = self.kc.execute(self.settings.setup, silent=True, store_history=False)
        content = self.wait_for_reply(request)["content"]
        if content["status"] != "ok":
            raise RuntimeError(f"{content.get('ename')}: {content.get('evalue')}")

    def papermill_execute_cells(self) -> None:
        for index, cell in enumerate(self.nb.cells):
            self.nb_man.cell_start(cell, index)
            try:
                self.execute_cell(cell, index)
            except CellExecutionError as error:
                self.nb_man.cell_exception(cell, index, exception=error)
                break
            except CellTimeoutError as error:
                self._fail(cell, index, "TimeoutError", self._what_took_too_long(error))
                break
            except DeadKernelError:
                self._fail(cell, index, "KernelDied", self._cause_of_death())
                break
            except KeyboardInterrupt:
                self._fail(cell, index, "KeyboardInterrupt", "the run was interrupted here")
                raise
            finally:
                self.nb_man.cell_complete(cell, cell_index=index)

    def _fail(self, cell: nbformat.NotebookNode, index: int, name: str, message: str) -> None:
        """Show in the cell's output why it has none, or no more, and take no more."""
        _cancel_leftovers()
        if cell.cell_type == "code":
            output = {"ename": name, "evalue": message, "traceback": [f"{name}: {message}"]}
            cell.outputs.append(nbformat.from_dict({"output_type": "error", **output}))  # type: ignore[no-untyped-call]
        self.nb_man.cell_exception(cell, index)

    def _what_took_too_long(self, error: CellTimeoutError) -> str:
        if time.monotonic() >= self.deadline:
            return f"the notebook took longer than {self.settings.timeout:g} s"
        return str(error).splitlines()[0]  # the kernel stopped sending output

    def _cause_of_death(self) -> str:
        process = getattr(self.km.provisioner, "process", None)
        code = None if process is None else process.poll()
        if code is None:
            return "the kernel is gone"
        cause = f"killed by signal {-code}" if code < 0 else f"exit status {code}"
        return f"the kernel ended in the middle of the cell ({cause})"


class ForkedEngine(Engine):  # type: ignore[misc]  # papermill has no types
    """Engine ``slonana-forked``; takes its ``EngineSettings`` as the keyword ``settings``."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: NotebookExecutionManager,
        kernel_name: str,  # noqa: ARG003  # papermill's signature; the kernel is always this Python
        *,
        settings: EngineSettings,
        input_path: str,
        start_timeout: int,
        **_ignored: Any,  # noqa: ANN401  # papermill passes options that only its own engine has
    ) -> None:
        """Execute a notebook, saving it after each cell.

        Parameters
        ----------
        nb_man : NotebookExecutionManager
            papermill's wrapper of the notebook.
        kernel_name : str
            Name the notebook asks for; the kernel is this interpreter whatever it says.
        settings : EngineSettings
            See there.
        input_path : str
            Path of the notebook.
        start_timeout : int
            Seconds a kernel may take to start.
        """
        # Absolute paths would make the same notebook differ from folder to folder.
        name = Path(input_path).name
        nb_man.nb.metadata.papermill.update(input_path=name, output_path=name)
        client = _Client(
            nb_man,
            km=settings.kernels.new_manager(),
            kernel_name="python3",
            startup_timeout=start_timeout,
            iopub_timeout=_OUTPUT_SECONDS,
            log=_LOG,
        )
        client.settings = settings
        client.execute()


def _cancel_leftovers() -> None:
    """End what a timeout or Ctrl-C left waiting in the event loop, which would complain at exit."""
    loop = ensure_event_loop()
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))


papermill_engines.register(ENGINE, ForkedEngine)
