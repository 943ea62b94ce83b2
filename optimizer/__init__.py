"""Containerfile optimizer: every change is shown with its reason and applied only with its proof."""
