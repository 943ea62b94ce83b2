"""Fits a line through the points of a CSV file and draws its formula."""

import sys
from pathlib import Path

import numpy
from PIL import Image, ImageDraw, ImageFont

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"


def main() -> int:
    path = Path(sys.argv[1] if len(sys.argv) > 1 else "points.csv")
    if not path.exists():
        print(f"fit: no such file: {path}", file=sys.stderr)
        return 2
    points = numpy.loadtxt(path, delimiter=",", ndmin=2)
    slope, offset = numpy.polyfit(points[:, 0], points[:, 1], 1)
    formula = f"y = {slope:.2f}x + {offset:.2f}"
    picture = Image.new("L", (200, 30), 255)
    ImageDraw.Draw(picture).text((4, 4), formula, font=ImageFont.truetype(FONT, 16))
    print(formula, picture.histogram()[0] > 0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
