"""The report for programs."""

from __future__ import annotations

import json

import pytest

from optimizer.report.entry import Done, Entry
from optimizer.report.json import report, to_json
from optimizer.report.model import ReportModel
from tests.report.build import NO_BUILD, REFUTED, ROOT, UNDECIDED, dry, failed, outcome, proven, unchanged, unproven

ALL: dict[str, Entry] = {
    "unchanged": unchanged(),
    "dry": dry(),
    "proven": proven(),
    "refuted": unproven(REFUTED),
    "no build": unproven(NO_BUILD),
    "undecided": unproven(UNDECIDED),
    "failed": failed(),
}


@pytest.mark.parametrize("entry", ALL.values(), ids=ALL.keys())
def test_what_is_written_can_be_read_again(entry: Entry) -> None:
    made = report([entry], "0.1.0", 0)
    assert ReportModel.model_validate_json(to_json(made)) == made


def test_the_shape_is_fixed() -> None:
    data = json.loads(to_json(report([proven()], "0.1.0", 0)))
    assert list(data) == ["schema_version", "tool", "exit_code", "files"]
    assert (data["schema_version"], data["tool"]) == (1, {"name": "optimize", "version": "0.1.0"})
    (file,) = data["files"]
    assert (file["path"], file["status"], file["written"]) == ("app/Containerfile", "CHANGED", True)
    assert [(each["rule"], each["line"], each["fate"]) for each in file["proposals"]] == [
        ("merge_runs", 3, "PROVEN"),
        ("split_stages", 1, "WITHDRAWN"),
    ]
    assert file["verdict"]["result"] == "proven"
    assert file["verdict"]["after"]["unpacked"] == 368_000_000
    assert file["verdict"]["checks"][1]["result"] == "ORIGINAL_FAILS"
    assert [attempt["verdict"]["result"] for attempt in file["attempts"]] == ["refuted", "proven"]


def test_an_error_has_its_place_and_its_exit_code() -> None:
    data = json.loads(to_json(report([failed()], "0.1.0", 4)))
    assert data["files"][0]["error"] == {
        "message": "the original does not build",
        "hint": "build it without optimize",
        "line": 2,
        "column": 1,
        "exit_code": 4,
        "tail": ["STEP 2/3: RUN fals", "/bin/sh: fals: not found"],
    }


def test_bytes_that_are_not_text_do_not_break_it() -> None:
    data = json.loads(to_json(report([Done(outcome(after="RUN \udcff\n"), ROOT)], "0.1.0", 0)))
    assert data["files"][0]["after"] == "RUN \ufffd\n"
