"""The run on disk: manifest, tables, catalogue; everything written whole or not at all."""
