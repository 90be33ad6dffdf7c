"""Make the checkout ready to work: ``.venv`` from the hashed lock, and the Debian packages named.

Started by environment.sh::

    python -m tools.bootstrap [--check] [PACKAGE-LIST ...]

``--check`` changes nothing and exits 0 only when there is nothing to do. Environment variables:
``PYTHON`` (if set, .venv must be of the version of the Python running this) and ``NO_APT`` (if not
empty, Debian packages are left alone).
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.checkout import BootstrapError, Checkout, exclusive, open_log, say
from tools.debian import advice, install_packages, may_install, missing_packages, read_package_list
from tools.environment import make_environment, work_to_do

ROOT = Path(__file__).resolve().parent.parent
EXIT_TO_DO = 1
EXIT_MISSING = 3
EXIT_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Do what is missing.

    Returns
    -------
    int
        0 done; 1 with ``--check``, if there is something to do; 3 it could not be done;
        130 interrupted.
    """
    parser = argparse.ArgumentParser(prog="bootstrap", description="Make the checkout ready.")
    parser.add_argument("--check", action="store_true", help="only tell whether all is in place")
    parser.add_argument("lists", nargs="*", metavar="PACKAGE-LIST", help="Debian packages to have")
    options = parser.parse_args(arguments)
    checkout = Checkout(root)
    try:
        packages = [name for path in options.lists for name in read_package_list(root / path)]
        if options.check:
            return 0 if is_ready(checkout, packages) else EXIT_TO_DO
        prepare(checkout, packages)
    except BootstrapError as error:
        say(str(error))
        return EXIT_MISSING
    except OSError as error:
        say(f"{error.filename or checkout.root}: {error.strerror}; free or allow it, then repeat.")
        return EXIT_MISSING
    except KeyboardInterrupt:
        say("interrupted; what was half made is made anew next time.")
        return EXIT_INTERRUPTED
    return 0


def is_ready(checkout: Checkout, packages: Sequence[str]) -> bool:
    """Tell whether nothing is to be done and nothing is to be said."""
    return work_to_do(checkout) == "nothing" and not missing_packages(packages)


def prepare(checkout: Checkout, packages: Sequence[str]) -> None:
    """Install missing Debian packages where that is possible, then make or refresh ``.venv``."""
    missing = missing_packages(packages)
    with_apt = may_install(checkout, missing)
    if with_apt or work_to_do(checkout) != "nothing":
        with exclusive(checkout), open_log(checkout) as log:
            if with_apt:
                missing = install_packages(checkout, packages, log)
            make_environment(checkout, log)
    if missing:
        say(advice(missing))


if __name__ == "__main__":
    sys.exit(main())
