"""Report pages: runs notebooks and writes them as HTML that needs no network."""
