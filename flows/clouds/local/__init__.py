"""The embedded cloud: images are files in a content-addressed store of this machine."""
