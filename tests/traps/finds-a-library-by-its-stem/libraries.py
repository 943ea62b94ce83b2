"""Uses libmagic without a binding."""

import ctypes
import ctypes.util
import sys


def magic():
    name = ctypes.util.find_library("magic")
    if name is None:
        sys.exit("no magic")
    return ctypes.CDLL(name).magic_version()
