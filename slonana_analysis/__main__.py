"""``python -m slonana_analysis``: the command line."""

import sys

from slonana_analysis.cli import main

if __name__ == "__main__":
    sys.exit(main())
