"""What a launch imports: every fresh process pays for it, fifteen times a verdict."""

import subprocess
import sys

from slonana_analysis.experiments.registry import all_experiments

HEAVY = ("pandas", "pyarrow", "matplotlib", "scipy.stats", "IPython")


def test_no_launch_imports_what_only_tables_and_figures_need():
    modules = sorted({each.entry.partition(":")[0] for each in all_experiments().values()})
    program = f"""
import sys, slonana_analysis.measure.launch, {", ".join(modules)}
print(*(name for name in {HEAVY!r} if name in sys.modules))"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
