"""A program: warm the kernels named on the command line up; print which had to be compiled."""

import json
import sys

from slonana_analysis.kernels.examples import examples
from slonana_analysis.kernels.warm_up import warm_up


def main():
    names = set(sys.argv[1:])
    kernels = warm_up(calls=[each for each in examples() if each.name in names])
    print(json.dumps({each.name: each.compiled for each in kernels}))


if __name__ == "__main__":
    main()
