"""What the repository needs beside the package: its environment and its commit hooks.

Standard library only, because it runs before anything is installed. Not part of the distribution.
"""
