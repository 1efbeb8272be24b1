"""Read-only inventory of Amazon EC2: machine images (AMIs) and their launch permissions."""
