"""Readers, one file per format: each says which bytes are its own and turns them into a profile."""
