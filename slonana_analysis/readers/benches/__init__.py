"""Reads what other benchmark tools measured; one module per format, each registering itself."""
