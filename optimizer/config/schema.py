"""The shape of a configuration file; the JSON Schema that ships is made from this. Imports pydantic: import it late."""

from __future__ import annotations

import json
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from optimizer.policy import CleanupStyle, MergePolicy, RuntimeBase

SCHEMA = "optimize.schema.json"


def _kebab(name: str) -> str:
    return name.replace("_", "-")


class File(BaseModel):
    """Configuration of optimize: `.optimize.toml`, `optimize.toml`, or `[tool.optimize]` in `pyproject.toml`."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, alias_generator=_kebab, title="optimize")

    select: Annotated[list[str] | None, Field(description="Names of the passes to run. Default: all.")] = None
    ignore: Annotated[list[str] | None, Field(description="Names of passes to leave out.")] = None
    merge: Annotated[
        MergePolicy | None,
        Field(
            strict=False,
            description="Which neighbouring RUNs are joined: `pays` (one installation step, or bytes are saved), "
            "`all` (wherever nothing else changes), `never`.",
        ),
    ] = None
    runtime_base: Annotated[
        RuntimeBase | None,
        Field(
            strict=False,
            description="Which images may become the base of a runtime stage: `official`, or `distroless` for images "
            "without a shell (gcr.io/distroless, if they are present locally) too.",
        ),
    ] = None
    cleanup: Annotated[
        CleanupStyle | None,
        Field(
            strict=False,
            description="How caches are kept out of layers: `purge` (emptied in the same RUN), `mount` (cache mounts, "
            "which need BuildKit or buildah 1.24).",
        ),
    ] = None
    context: Annotated[
        str | None,
        Field(
            description="The build context, relative to this file, inside the repository. "
            "Default: the directory of the Containerfile."
        ),
    ] = None
    target: Annotated[str | None, Field(description="The stage that is built. Default: the last.")] = None
    build_args: Annotated[dict[str, str] | None, Field(description="Values for ARG. Not the place for secrets.")] = None
    smoke: Annotated[
        str | None,
        Field(description="A file of checks in the format of container-structure-test, relative to this file."),
    ] = None
    jobs: Annotated[int | None, Field(gt=0, description="How many Containerfiles are worked on at a time.")] = None
    timeout: Annotated[float | None, Field(gt=0, allow_inf_nan=False, description="Seconds for one build.")] = None
    time_rebuild: Annotated[
        bool | None, Field(description="Time a rebuild after an edit too: one more build of each side.")
    ] = None


def schema() -> str:
    """The JSON Schema of a configuration file, as it ships."""
    made = {"$schema": "https://json-schema.org/draft/2020-12/schema", **File.model_json_schema()}
    return json.dumps(made, indent=2) + "\n"
