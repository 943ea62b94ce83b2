"""The lossless tree of a Containerfile."""
