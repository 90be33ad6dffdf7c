"""The static site of a run: pages that need no network and no server, one file each."""
