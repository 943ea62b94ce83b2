"""Tests of the container tools; a package so that file names may occur elsewhere too."""
