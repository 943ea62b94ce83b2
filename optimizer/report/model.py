"""The report for programs: the JSON is these models and nothing else. Imports pydantic: import it late.

`schema_version` grows when a field changes its meaning or goes away; new fields may come without that. Text is valid
UTF-8: bytes of a file that are not are shown as U+FFFD. Sizes are bytes, times seconds, lines and columns count from 1.
"""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from optimizer.outcome import Fate
from optimizer.proof.model import CheckKind, CheckResult, DifferenceKind, Doubt
from optimizer.proposal import Safety
from optimizer.report.entry import Status


class _ByName:
    """An enum that is written as the name of its member: the value is a sentence, and sentences get better."""

    def __get_pydantic_core_schema__(self, source: type[Enum], handler: GetCoreSchemaHandler) -> CoreSchema:
        member = core_schema.is_instance_schema(source)
        names = core_schema.literal_schema([each.name for each in source])
        return core_schema.json_or_python_schema(
            json_schema=core_schema.no_info_after_validator_function(lambda name: source[name], names),
            python_schema=member,
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda each: each.name, return_schema=core_schema.str_schema()
            ),
        )


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FoundModel(_Model):
    """A proposal and what became of it. `saves`: bytes known to leave the image or the context."""

    rule: str
    line: int
    column: int
    title: str
    reason: str
    safety: Annotated[Safety, _ByName()]
    fate: Annotated[Fate, _ByName()]
    because: str
    saves: int | None


class RefusedModel(_Model):
    """A place that a pass left alone. `why` names the reason, `reason` is the sentence for people."""

    rule: str
    line: int
    column: int
    why: str
    reason: str
    detail: str


class BugModel(_Model):
    """A pass that broke a rule of the engine; what it did was dropped."""

    rule: str
    problem: str


class CostModel(_Model):
    """What one instruction costs."""

    instruction: str
    bytes: int
    seconds: float


class MeasureModel(_Model):
    """Figures of one image. `sampled`: whether `compressed` is told from a sample, to 4 % or so; `cached`: how many
    steps came from a cache and are not part of `build_seconds`."""

    unpacked: int
    compressed: int
    sampled: bool
    layers: int
    build_seconds: float
    rebuild_seconds: float | None
    cached: int
    instructions: tuple[CostModel, ...]


class CheckModel(_Model):
    """One check of behaviour."""

    kind: Annotated[CheckKind, _ByName()]
    name: str
    result: Annotated[CheckResult, _ByName()]
    detail: str


class DifferenceModel(_Model):
    """A difference between the two images that no proposal may make."""

    kind: Annotated[DifferenceKind, _ByName()]
    what: str
    detail: str


class ToolModel(_Model):
    """A program that took part."""

    name: str
    version: str


class VerdictModel(_Model):
    """What the proof said. `build` holds the last lines of a build that failed."""

    result: Literal["proven", "refuted", "undecided"]
    before: MeasureModel | None = None
    after: MeasureModel | None = None
    checks: tuple[CheckModel, ...] = ()
    compared_paths: int | None = None
    tools: tuple[ToolModel, ...] = ()
    platform: str | None = None
    differences: tuple[DifferenceModel, ...] = ()
    build: tuple[str, ...] = ()
    doubt: Annotated[Doubt, _ByName()] | None = None
    hint: str | None = None


class AttemptModel(_Model):
    """One candidate that was built: the passes it carried and what the proof said."""

    rules: tuple[str, ...]
    verdict: VerdictModel


class WriteModel(_Model):
    """A file of the context that is created or replaced."""

    path: str
    before: str | None
    after: str


class ErrorModel(_Model):
    """Why a Containerfile could not be worked on."""

    message: str
    hint: str | None
    line: int | None
    column: int | None
    exit_code: int
    tail: tuple[str, ...]


class FileModel(_Model):
    """One Containerfile. `error` is set when it could not be worked on; all that follows it is empty then."""

    path: str
    status: Annotated[Status, _ByName()]
    error: ErrorModel | None = None
    written: bool = False
    context: str | None = None
    diff: str = ""
    before: str = ""
    after: str = ""
    writes: tuple[WriteModel, ...] = ()
    proposals: tuple[FoundModel, ...] = ()
    refused: tuple[RefusedModel, ...] = ()
    bugs: tuple[BugModel, ...] = ()
    verdict: VerdictModel | None = None
    attempts: tuple[AttemptModel, ...] = ()
    original: MeasureModel | None = None


class ReportModel(_Model):
    """Everything that one run has to say."""

    schema_version: Literal[1] = 1
    tool: ToolModel
    exit_code: int
    files: tuple[FileModel, ...]
