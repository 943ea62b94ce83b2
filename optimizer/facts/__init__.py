"""Facts derived once from the tree and the build context."""
