"""What Amazon's EC2 holds: machine images (AMIs) and their launch permissions, read and never changed."""
