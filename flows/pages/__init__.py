"""Report pages: notebooks carried out, and written as HTML that needs no network."""
