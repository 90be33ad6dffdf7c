"""``slonana-analysis lab``: JupyterLab on the notebooks, for this user on this machine only."""

import argparse
import hashlib
import json
import os
import sys
from pathlib import Path

SUMMARY = "open JupyterLab on the notebooks"

# Neither of them is worth a pop-up or a request to the outside.
_NO_NEWS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument(
        "--port", type=int, default=8888, help="port to try first; 0: any (default: 8888)"
    )
    parser.add_argument("--no-browser", action="store_true", help="print the address only")
    parser.add_argument(
        "--notebooks", type=Path, metavar="DIR", help="folder of notebooks (default: the suite's)"
    )


def execute(arguments: argparse.Namespace) -> int:
    """Become JupyterLab; returns only if it cannot be started.

    Parameters
    ----------
    arguments : Namespace
        As configured.

    Raises
    ------
    UnavailableError
        If JupyterLab cannot be started, or there is no folder of notebooks.
    """
    from slonana_analysis.errors import UnavailableError
    from slonana_analysis.native.cache import cache_directory
    from slonana_analysis.report.execution.forking import kernel_environment
    from slonana_analysis.report.execution.notebooks import default_notebooks_directory

    notebooks = arguments.notebooks or default_notebooks_directory()
    if not notebooks.is_dir():
        raise UnavailableError(f"{notebooks} is no folder of notebooks; name another")
    # Another environment's JupyterLab, started meanwhile, must keep its own interpreter.
    settings = cache_directory("lab") / hashlib.sha256(sys.executable.encode()).hexdigest()[:12]
    write_settings(settings)
    command = lab_command(
        notebooks.resolve(),
        port=arguments.port,
        browser=not arguments.no_browser,
        root=os.geteuid() == 0,
    )
    environment = lab_environment(settings, kernel_environment())
    try:
        os.execve(command[0], command, environment)  # noqa: S606  # becomes Jupyter, no shell
    except OSError as error:
        raise UnavailableError(f"cannot start JupyterLab with {command[0]}: {error}") from error


def write_settings(folder: Path) -> None:
    """Write the kernel and the settings that JupyterLab shall find.

    Parameters
    ----------
    folder : Path
        Private folder; ``share`` and ``config`` are made in it. The user's own settings stay in
        force, as these are searched beside them.

    Raises
    ------
    UnavailableError
        If the folder cannot be written to.
    """
    from slonana_analysis.runs.atomic import write_atomically

    kernel = folder / "share" / "kernels" / "python3"
    config = folder / "config" / "labconfig"
    spec = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Python 3 (slonana-analysis)",
        "language": "python",
    }
    write_atomically(kernel / "kernel.json", json.dumps(spec, indent=2).encode())
    write_atomically(config / "default_setting_overrides.json", json.dumps(_NO_NEWS).encode())


def lab_environment(settings: Path, environment: dict[str, str]) -> dict[str, str]:
    """Return the environment in which JupyterLab finds ``settings`` first.

    Parameters
    ----------
    settings : Path
        As written by ``write_settings``.
    environment : dict of str to str
        What to start from.
    """
    places = {"JUPYTER_PATH": settings / "share", "JUPYTER_CONFIG_PATH": settings / "config"}
    ours = {
        name: os.pathsep.join(filter(None, (str(place), environment.get(name))))
        for name, place in places.items()
    }
    return environment | ours


def lab_command(notebooks: Path, *, port: int, browser: bool, root: bool) -> list[str]:
    """Return JupyterLab's command line.

    Parameters
    ----------
    notebooks : Path
        Folder to serve.
    port : int
        Port to try first.
    browser : bool
        Whether to open a browser.
    root : bool
        Whether the user is root, which Jupyter refuses unless told.

    Returns
    -------
    list of str
        Listens on this machine only; the access token stays in force.
    """
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        f"--ServerApp.root_dir={notebooks}",
    ]
    if not browser:
        command.append("--no-browser")
    if root:
        command.append("--allow-root")
    return command
