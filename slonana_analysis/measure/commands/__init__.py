"""Whole commands: fresh processes of two of them, in turn, and what each of them used."""
