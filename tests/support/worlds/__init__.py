"""Worlds and scripts that tests start from: written by hand, or random."""
