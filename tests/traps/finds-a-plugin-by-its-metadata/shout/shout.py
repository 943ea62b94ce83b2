"""Says a word in every way that is installed."""

import sys
from importlib.metadata import entry_points


def main():
    ways = sorted(entry_points(group="shout.ways"), key=lambda way: way.name)
    if not ways:
        sys.exit("no way to shout")
    for way in ways:
        print(f"{way.name}: {way.load()(' '.join(sys.argv[1:]))}")
