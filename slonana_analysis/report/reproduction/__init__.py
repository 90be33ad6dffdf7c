"""A run made again from what it stored, and compared with itself byte for byte."""
