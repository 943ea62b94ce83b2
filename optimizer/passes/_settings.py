"""Instructions that only set something: they neither read nor write files, and no directory means anything to them."""

from __future__ import annotations

from optimizer.containerfile.nodes import (
    Arg,
    Cmd,
    Entrypoint,
    Env,
    Expose,
    Healthcheck,
    Label,
    Maintainer,
    Stopsignal,
    User,
)

SETTINGS = (Arg, Cmd, Entrypoint, Env, Expose, Healthcheck, Label, Maintainer, Stopsignal, User)
