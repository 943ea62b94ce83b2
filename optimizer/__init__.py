"""Containerfile optimizer: every change is shown with its reason and applied only with its proof."""

from __future__ import annotations

__version__ = "0.1.0"
