"""Writers of formats that other people's viewers open."""
