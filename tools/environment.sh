#!/bin/sh
# Makes the checkout ready to work:  environment.sh [PACKAGE-LIST ...]
# tools.bootstrap does it; this finds a Python that can run it, and ends at once when all is in place.
set -u
unset CDPATH PYTHONHOME PYTHONPATH PYTHONSAFEPATH
cd "$(dirname "$0")/.." || exit 3

# The versions that every package of requirements.lock has a wheel for.
is_suitable='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))'
suitable='Python 3.11, 3.12, 3.13 or 3.14'

if [ -n "${PYTHON:-}" ]; then
    if ! "$PYTHON" -c "$is_suitable" >/dev/null 2>&1; then
        echo "environment: PYTHON=$PYTHON is not a working $suitable; name one that is, or none." >&2
        exit 3
    fi
    exec "$PYTHON" -B -m tools.bootstrap "$@"
fi

if .venv/bin/python -B -S -m tools.bootstrap --check "$@" >/dev/null 2>&1; then
    exit 0
fi

# Only running a candidate tells: version managers put names on PATH that do not run.
for candidate in python3 python3.13 python3.12 python3.11 python3.14 python; do
    if "$candidate" -c "$is_suitable" >/dev/null 2>&1; then
        exec "$candidate" -B -m tools.bootstrap "$@"
    fi
done
echo "environment: there is no $suitable on PATH; install one or name it, make PYTHON=/path/to/python3." >&2
exit 3
