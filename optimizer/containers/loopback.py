"""A program of its own, started by path in a fresh network namespace: bring up its loopback device, which starts down,
then become the command in the arguments (netdevice(7))."""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import sys

_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 0x1


def bring_up(device: str) -> None:
    """Set a network device's UP flag. Raises OSError."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        request = struct.pack("16sH14x", device.encode(), 0)
        flags = struct.unpack("16sH14x", fcntl.ioctl(handle, _SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(handle, _SIOCSIFFLAGS, struct.pack("16sH14x", device.encode(), flags | _IFF_UP))


if __name__ == "__main__":
    bring_up("lo")
    os.execvp(sys.argv[1], sys.argv[1:])
