"""How the original behaves, and whether a candidate behaves alike: looks at both and turns what it saw into checks."""

from __future__ import annotations

import os
import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from optimizer.containers.model import Engine
from optimizer.containers.stop import Stop
from optimizer.proof import checks as user_checks
from optimizer.proof import smoke, usercheck
from optimizer.proof.checks import CommandTest, UserCheck
from optimizer.proof.entry import argv, cannot_start, programs
from optimizer.proof.model import Check, CheckKind, CheckResult
from optimizer.proof.observe import Observation, difference, joined
from optimizer.proof.smoke import Patience, Plan
from optimizer.proof.usercheck import Side
from optimizer.proposal import Contract

CheckKey = tuple[CheckKind, str]

_RUNS_NOTHING = frozenset({CheckKind.STOPS, CheckKind.FILES})
"""That it stops, or that files are there, does not show that it works."""

_WITHOUT_PROGRAM = 10.0
"""Seconds that a copy without its program gets to listen, or to end."""

_NOT_STARTED = (125, 126, 127)
"""Exit codes that a container engine gives where it could start nothing (podman-run(1), exit status)."""

_AGAIN = 2
"""So often what failed on a candidate must go well after all."""


class Behaviour:
    """One original and what is known of its behaviour. Safe to use from several threads; `stop` ends what goes on, and
    what is known then is worth nothing. Raises ConfigError for a file of checks that cannot be read."""

    def __init__(
        self, engine: Engine, original: Side, file: Path | None, patience: Patience, stop: Stop | None = None
    ) -> None:
        self._engine = engine
        self._original = original
        self._tests: tuple[UserCheck, ...] = () if file is None else user_checks.read(file)
        self._plan = smoke.plan(original.config)
        self._patience = patience
        self._stop = stop
        self._lock = threading.Lock()
        self._seen: tuple[Observation, ...] | None = None
        self._trying = threading.Lock()
        self._cannot_fail: frozenset[CheckKey] | None = None

    def look_at(self, side: Side) -> tuple[Observation, ...]:
        """Run one image and see."""
        return self._observed(side, self._plan, usercheck.named(self._tests), self._patience)

    def _observed(
        self, side: Side, plan: Plan | None, tests: Mapping[str, UserCheck], patience: Patience
    ) -> tuple[Observation, ...]:
        """What the plan shows, then each test. They go on side by side: each has a container of its own, and most of
        their time is waiting."""
        engine, stop = self._engine, self._stop
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            derived = None if plan is None else pool.submit(smoke.observe, engine, side.image, plan, patience, stop)
            named = [pool.submit(usercheck.observe_one, engine, side, *test, stop) for test in tests.items()]
            return (*(() if derived is None else derived.result()), *(each.result() for each in named))

    def look_at_original(self) -> tuple[Observation, ...]:
        """Run the original, if that was not done before."""
        with self._lock:
            if self._seen is None:
                self._seen = self.look_at(self._original)
            return self._seen

    def cannot_fail(self) -> frozenset[CheckKey]:
        """The checks that pass on copies of the original without the program under test, run if that was not done
        before."""
        seen = self.look_at_original()
        with self._trying:
            if self._cannot_fail is None:
                self._cannot_fail = self._look_without_programs(seen)
            return self._cannot_fail

    def checks(self, candidate: Side, seen: Sequence[Observation], contract: Contract) -> tuple[Check, ...]:
        """Each check of the original and how it went on both. Where they differ the original is run once more: what
        it does not repeat itself is not compared. What still differs must go well twice: on a machine
        under load answers come late."""
        original = self.look_at_original()
        results = self._compared(original, seen, contract)
        if not _fail(results):
            return results
        with self._lock:
            self._seen = original = joined([original, self.look_at(self._original)])
        results = self._compared(original, seen, contract)
        if not _fail(results):
            return results
        for _ in range(_AGAIN):
            again = self._compared(original, self.look_at(candidate), contract)
            if _fail(again):
                return results
        return again

    def counts(self, checks: Sequence[Check]) -> bool:
        """Whether a run check passed on both sides that can fail."""
        return any(check.result is CheckResult.PASSED and check.kind not in _RUNS_NOTHING for check in checks)

    def hint(self, checks: Sequence[Check]) -> str:
        """What to add where no check counts."""
        add = "add a command that exercises it, with --smoke FILE"
        if not checks:
            return f"the image has no command of its own: {add}"
        failing = [check for check in checks if check.result is CheckResult.ORIGINAL_FAILS]
        if failing:
            check = failing[0]
            return f"{check.name} is no success on the original ({check.detail}): {add}"
        return f"every check passes without the image's program too: {add}"

    def _compared(
        self, seen: Sequence[Observation], candidate: Sequence[Observation], contract: Contract
    ) -> tuple[Check, ...]:
        others = {each.key: each for each in candidate}
        cannot = self.cannot_fail()
        return tuple(self._check(each, others.get(each.key), cannot, contract) for each in seen)

    def _check(
        self, original: Observation, candidate: Observation | None, cannot: frozenset[CheckKey], contract: Contract
    ) -> Check:
        kind, name = original.key
        if candidate is not None and contract.commands and smoke.heeds_signal(original, candidate):
            return Check(kind, name, CheckResult.PASSED, f"{candidate.note}; had to be killed before")
        unequal = "could not be seen" if candidate is None else difference(original, candidate)
        if not original.passed:
            # The same failure twice is no success; another failure is a change all the same.
            if original.kind is CheckKind.COMMAND and candidate is not None and _ends_otherwise(original, candidate):
                return Check(kind, name, CheckResult.FAILED, f"{original.note} before, {candidate.note} now")
            return Check(kind, name, CheckResult.ORIGINAL_FAILS, original.note)
        if unequal:
            return Check(kind, name, CheckResult.FAILED, unequal)
        result = CheckResult.CANNOT_FAIL if original.key in cannot else CheckResult.PASSED
        return Check(kind, name, result, original.note)

    def _look_without_programs(self, seen: Sequence[Observation]) -> frozenset[CheckKey]:
        """Repeat on copies of the original that lack the program under test what passed; the checks that still pass.
        What could not even start there is not tried."""
        groups: dict[tuple[str, ...], list[Observation]] = defaultdict(list)
        tests = usercheck.named(self._tests)
        for each in seen:
            if each.passed and not self._needs_no_trial(tests.get(each.name)):
                groups[self._programs(tests.get(each.name))].append(each)
        cannot = {each.key for each in groups.pop((), [])}
        for paths, checked in groups.items():
            again = {each.key: each for each in self._look_without(paths, checked, tests)}
            cannot |= {each.key for each in checked if each.key in again and not difference(each, again[each.key])}
        return frozenset(cannot)

    def _programs(self, test: UserCheck | None) -> tuple[str, ...]:
        """The files without which a check should fail; none for checks that run nothing."""
        config, tree = self._original.config, self._original.tree
        match test:
            case None:
                return programs(tree, config, argv(config))
            case CommandTest():
                return programs(tree, config, usercheck.argv(test, config))
            case _:
                return ()

    def _needs_no_trial(self, test: UserCheck | None) -> bool:
        """Whether a check certainly fails where its program is gone."""
        config, tree, gone = self._original.config, self._original.tree, self._programs(test)
        match test:
            case None:
                return bool(gone) and cannot_start(tree, config, argv(config), gone)
            case CommandTest(setup=(), exit_code=code) if code not in _NOT_STARTED and not _sets_path(test):
                return bool(gone) and cannot_start(tree, config, usercheck.argv(test, config), gone)
            case _:
                return False

    def _look_without(
        self, paths: tuple[str, ...], checked: Sequence[Observation], tests: Mapping[str, UserCheck]
    ) -> tuple[Observation, ...]:
        image = self._engine.without(self._original.image, paths)
        side = replace(self._original, image=image)
        patience = replace(
            self._patience,
            ready=min(self._patience.ready, _WITHOUT_PROGRAM),
            health=min(self._patience.health, _WITHOUT_PROGRAM),
        )
        try:
            mine = {name: test for name, test in tests.items() if any(each.name == name for each in checked)}
            derived = any(each.name not in tests for each in checked)
            return self._observed(side, self._plan if derived else None, mine, patience)
        finally:
            self._engine.remove(image)


def _sets_path(test: CommandTest) -> bool:
    return any(name == "PATH" for name, _ in test.env)


def _fail(checks: Sequence[Check]) -> bool:
    return any(check.result is CheckResult.FAILED for check in checks)


def _ends_otherwise(original: Observation, candidate: Observation) -> bool:
    """Whether a command that fails on the original ends with another exit code, or does not end."""
    ways = tuple(facet for facet in original.facets if facet.name in ("state", "exit code"))
    return difference(replace(original, facets=ways), candidate) != ""
