"""HTTP requests from inside another process's network namespace.

Only the thread that asks moves there (setns(2)): no helper program, no published port, no clash of ports.
`http.client` is imported late: no build needs to wait for it.
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass

from optimizer.containers import proc
from optimizer.containers.model import Answer
from optimizer.errors import EngineError

_CLONE_NEWNET = 0x40000000  # linux/sched.h
_BODY_LIMIT = 4 * 1024 * 1024


@dataclass(slots=True)
class _Result:
    answer: Answer | None = None
    refused: int = 0


def _request(port: int, path: str, method: str, timeout: float) -> Answer | None:
    return _ask("127.0.0.1", port, path, method, timeout) or _ask("::1", port, path, method, timeout)


def _ask(host: str, port: int, path: str, method: str, timeout: float) -> Answer | None:
    import http.client

    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        connection.request(method, path, headers={"Host": f"localhost:{port}", "Connection": "close"})
        response = connection.getresponse()
        headers = tuple((name.lower(), value) for name, value in response.getheaders())
        return Answer(response.status, headers, response.read(_BODY_LIMIT))
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()


def _inside(pid: int, result: _Result, action: Callable[[], Answer | None]) -> None:
    try:
        handle = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    except OSError as error:
        result.refused = error.errno or -1
        return
    libc = ctypes.CDLL(None, use_errno=True)
    entered = libc.setns(handle, _CLONE_NEWNET) == 0
    error_number = ctypes.get_errno()
    os.close(handle)
    if not entered:
        result.refused = error_number
        return
    result.answer = action()


def get(pid: int, port: int, path: str, method: str, timeout: float) -> Answer | None:
    """One request to the loopback address in the network of process `pid`; None if nothing answers HTTP there within
    `timeout` seconds. Redirects are not followed. Raises EngineError if the namespace may not be entered."""
    if proc.namespace(pid, "net") == proc.namespace("self", "net"):
        return _request(port, path, method, timeout)
    result = _Result()
    thread = threading.Thread(
        target=_inside, args=(pid, result, lambda: _request(port, path, method, timeout)), daemon=True
    )
    thread.start()
    # `timeout` bounds each read; an answer that drips would still take for ever.
    thread.join(timeout * 2 + 1)
    if result.refused:
        raise EngineError("the container's network cannot be entered", hint="run as root, or inside `buildah unshare`")
    return result.answer
