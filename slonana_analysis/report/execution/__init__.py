"""Notebooks executed through papermill, in kernels forked from one that has imported."""
