"""Join neighbouring RUNs. Page: `golden/merge_runs/README.md`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import unique
from itertools import pairwise

from optimizer.containerfile.nodes import Containerfile, PartKind, Run
from optimizer.ecosystems.verbs import Verb
from optimizer.evidence.layers import Layers
from optimizer.facts import Facts
from optimizer.facts.invocations import Invocations
from optimizer.facts.scripts import Scripts
from optimizer.facts.shipping import Shipping
from optimizer.facts.states import State, States
from optimizer.facts.steps import Step
from optimizer.passes._joining import behind, comments, joining, one_list
from optimizer.passes._volumes import may_write
from optimizer.passes.base import rewrite
from optimizer.policy import MergePolicy
from optimizer.proposal import Declined, Finding, Proposal, Refusal, Safety
from optimizer.shell.dialect import interpreter
from optimizer.shell.effects import Leak, leaks, sets_errexit
from optimizer.shell.nodes import Joint, Script, Simple
from optimizer.shell.query import commands, has_opaque, lists, unwrap
from optimizer.shell.variables import assigned, declared, expanded, looped

_NAME = "merge_runs"

_WORTH = 500_000
"""Bytes that a merge known from evidence must save: below this, an extra layer costs less than a lost cache step."""

_HOST_PATHS = (
    *("/dev/shm", "/dev/mqueue", "/dev/net", "/dev/random"),
    *("/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/proc/sys"),
)
"""What one RUN leaves here the next does not see: builders mount these anew for each container."""

_PRAGMAS = ("hadolint ", "check=", "optimize ", "renovate:", "tally ", "checkov:", "trivy:", "nosemgrep")
"""How comments begin that mean something to tools; they count only directly above their instruction."""

_ESCAPES = frozenset({Leak.ALIAS, Leak.BACKGROUND, Leak.HEREDOC, Leak.OPAQUE, Leak.SHELL})
"""What not even a subshell keeps to itself. An alias it keeps, but who reads on takes it for one that holds."""


@unique
class Why(Refusal):
    """Why two neighbouring RUNs stay apart."""

    NO_GAIN = "joining them saves nothing that is known"
    BUILDER_STAGE = "the stage does not ship, and its layers serve the build cache"
    FORM = "one of them is in JSON form or has a here-document"
    OPAQUE = "the shell in one of them cannot be read with certainty"
    FLAGS = "their flags (mounts, network, security) differ"
    PRAGMA = "a comment above the second is an instruction to another tool"
    COMMENT = "a comment in the first swallows the lines after it, or is an instruction to another tool"
    LEAKS = "the first leaves behind what the second must not see (a directory, variable, trap, job or other shell)"
    LIST = "the second is not one list of commands joined by &&, so a failure of the first would not stop it"
    ERREXIT = "the first relies on errexit, which has no effect to the left of &&"
    VOLUME = "the first may write to a volume, whose contents do not outlive a RUN"
    STARTUP = "the shell reads start-up files, which the first may change"
    REPLACED = "the first replaces the package manager that it calls, and a shell remembers where it found a program"
    WORKDIR = "the first removes the working directory, which the builder makes anew for the second"
    HOST_FILE = "one of them touches a path that the builder mounts anew for each RUN"


@rewrite(weakest=Safety.SAFE, refuses=Why, codes=("DL3059",))
def merge_runs(file: Containerfile, facts: Facts) -> Iterator[Finding]:
    """Join RUNs that follow one another and belong to one installation step, so they make one layer."""
    if facts.policy.merge is MergePolicy.NEVER:
        return
    chain: list[Run] = []
    for first, second in _neighbours(file, facts):
        if not chain or chain[-1] is not first:
            yield from _join(chain, facts)
            chain = [first]
        reason = why_apart(first, second, facts) or _why_not_on(chain, second, facts)
        if reason is None:
            chain.append(second)
        else:
            yield Declined(_NAME, second.span, reason)
    yield from _join(chain, facts)


def _join(chain: Sequence[Run], facts: Facts) -> Iterator[Proposal]:
    """One proposal for RUNs that all become one."""
    if len(chain) < 2:
        return
    saves = sum(_saves(chain[:at], chain[at], facts) for at in range(1, len(chain)))
    yield Proposal(
        _NAME,
        chain[1].span,
        "join with the RUN above" if len(chain) == 2 else f"join {len(chain)} RUNs",
        _reason(chain, facts, saves),
        tuple(joining(chain, facts, grouped=[run for run in chain[1:] if _works_with_variables(run, facts)])),
        Safety.SAFE,
        saves=saves or None,
    )


def _neighbours(file: Containerfile, facts: Facts) -> Iterator[tuple[Run, Run]]:
    for stage in facts[Shipping].stages.stages:
        for first, second in pairwise(stage.instructions):
            if isinstance(first, Run) and isinstance(second, Run):
                yield first, second


def why_apart(first: Run, second: Run, facts: Facts) -> Why | None:
    """The first reason why joining them would change what runs; None when it would not."""
    scripts = facts[Scripts]
    left, right = scripts.of(first), scripts.of(second)
    if left is None or right is None:
        return Why.FORM
    if has_opaque(left) or has_opaque(right):
        return Why.OPAQUE
    text = facts.file.text
    if [flag.span.of(text) for flag in first.flags] != [flag.span.of(text) for flag in second.flags]:
        return Why.FLAGS
    if any(_is_pragma(line) for line in comments(second, text)):
        return Why.PRAGMA
    if first.parts[-1].kind is not PartKind.TEXT or second.parts[-1].kind is not PartKind.TEXT:
        return Why.COMMENT
    if left.comments and ((told := behind(first, facts)) is None or _is_pragma(told)):
        return Why.COMMENT
    if _touches(left, right, _HOST_PATHS):
        return Why.HOST_FILE
    state = facts[States].at(first)
    if may_write(left, state):
        return Why.VOLUME
    shell = interpreter(state.shell)
    if shell.startup or {**state.args, **state.env}.get("BASH_ENV"):
        return Why.STARTUP
    if _relies_on_errexit(left, of_shell=shell.errexit):
        return Why.ERREXIT
    if any(_moves_program(step, facts) for step in facts[Invocations].of(first)):
        return Why.REPLACED
    if any(_removes(command, state) for command in commands(left)):
        return Why.WORKDIR
    wraps = facts.policy.merge is MergePolicy.ALL
    left_behind = leaks(left) - {Leak.COMMENT}
    if left_behind and (not wraps or left_behind & _ESCAPES or _confuses(left, right)):
        return Why.LEAKS
    if any(script.body.items[-1].joint not in (Joint.END, Joint.SEMICOLON) for script in (left, right)):
        return Why.LIST
    if one_list(right) is None and (not wraps or (right.comments and behind(second, facts) is None)):
        return Why.LIST
    return None


def _relies_on_errexit(script: Script, *, of_shell: bool) -> bool:
    """Whether a failure in the middle of any list, however deep, ends it only because of errexit."""
    found = list(lists(script))
    if not of_shell and not sets_errexit(script):
        return False
    return any(item.joint is not Joint.AND for body in found for item in body.items[:-1])


def _moves_program(step: Step, facts: Facts) -> bool:
    """Whether the shell looked a package manager up, and another one may stand earlier on PATH now. Known not to are
    those in the images that have them where an upgrade puts them."""
    call = step.invocation
    if call is None or not step.replaces_itself or set(step.wrappers) - {"command"} or step.offset != 0:
        return False  # or another shell looked it up, and is gone
    if not call.program.is_called(step.words[0].literal or ""):
        return False  # by its path, or as a module
    return facts[Shipping].base_image(step.run).partition(":")[0] not in call.program.homes


_REMOVING = {"rm": None, "rmdir": None, "unlink": None, "mv": -1}
"""Programs that take away what they name, and where in their arguments that ends."""


def _removes(command: Simple, state: State) -> bool:
    """Whether it removes or moves the working directory or one above it."""
    wrapped = unwrap(command)
    if wrapped.program not in _REMOVING:
        return False
    operands = wrapped.words[1 : _REMOVING[wrapped.program]]
    paths = (state.path(word.literal) for word in operands if word.literal and not word.literal.startswith("-"))
    return any(_below(state.path("."), path) for path in paths)


def _touches(left: Script, right: Script, paths: tuple[str, ...]) -> bool:
    """Whether a word anywhere in either holds one of the paths. Too careful rather than too bold."""
    return any(path in script.text for script in (left, right) for path in paths)


def _below(path: str, parent: str) -> bool:
    return path == parent or path.startswith(parent.rstrip("/") + "/")


def _is_pragma(comment: str) -> bool:
    return comment.lstrip("# \t").lower().startswith(_PRAGMAS)


def _confuses(left: Script | None, right: Script | None) -> bool:
    """Whether the second means another variable by a name that the first sets for itself: who reads
    `( export X=1; … ) && … $X` takes one for the other (ShellCheck, SC2031)."""
    if left is None or right is None:
        return False
    own = assigned(left) | declared(left) | looped(left)
    return not own.isdisjoint((expanded(right) - assigned(right) - looped(right)) | declared(right))


def _works_with_variables(run: Run, facts: Facts) -> bool:
    """Whether it sets variables and expands them: bare behind `&&` nobody sees at once what they hold, and ShellCheck
    does not at all (SC2086)."""
    script = facts[Scripts].of(run)
    return script is not None and not (assigned(script) | declared(script)).isdisjoint(expanded(script))


def _why_not_on(chain: Sequence[Run], second: Run, facts: Facts) -> Why | None:
    """Why a chain of which the last may be joined with the second does not go on, or not with any gain."""
    scripts = facts[Scripts]
    if any(_confuses(scripts.of(run), scripts.of(second)) for run in chain):
        return Why.LEAKS
    if facts.policy.merge is MergePolicy.ALL:
        return Why.NO_GAIN if _starts_over(chain, second, facts) else None
    if second not in facts[Shipping]:
        return Why.BUILDER_STAGE
    if _one_step(chain, second, facts) or _saves(chain, second, facts) >= _WORTH:
        return None
    return Why.NO_GAIN


def _starts_over(chain: Sequence[Run], second: Run, facts: Facts) -> bool:
    """Whether what stands above installs nothing with a tool but empties its caches, and the second fills and empties
    them again."""
    invocations = facts[Invocations]
    emptied = {each for run in chain for each in _emptied(run, facts)} & _emptied(second, facts)
    before = {call.name for run in chain for call in invocations.calls(run) if call.verb is Verb.INSTALL}
    return any(
        call.verb is Verb.INSTALL and call.ecosystem.name in emptied and call.name not in before
        for call in invocations.calls(second)
    )


def _emptied(run: Run, facts: Facts) -> set[str]:
    """Ecosystems of which a RUN empties a cache."""
    return {ecosystem.name for step in facts[Invocations].of(run) for ecosystem, _ in step.empties}


def _one_step(chain: Sequence[Run], second: Run, facts: Facts) -> bool:
    """Whether the second goes on with the installation that the RUNs above it began, or cleans up after it."""
    invocations = facts[Invocations]
    fills = {each for run in chain for each in invocations.fills(run)}
    updates = {each for run in chain for each in invocations.updates(run)}
    return bool(fills & invocations.continues(second)) or bool(updates & invocations.begins(second))


def _saves(earlier: Sequence[Run], second: Run, facts: Facts) -> int:
    """Bytes that the second removes or replaces of what the RUNs above it wrote, where that is known."""
    layers = facts.known(Layers)
    return 0 if layers is None else sum(layers.rewritten(facts.file, each, second) for each in earlier)


def _reason(chain: Sequence[Run], facts: Facts, saves: int) -> str:
    if saves >= _WORTH:
        return f"apart, {saves / 1e6:.1f} MB that a later one removes or replaces ship all the same"
    if all(_one_step(chain[:at], chain[at], facts) for at in range(1, len(chain))):
        return "one installation step; apart, what one of them removes or replaces ships all the same"
    return "one layer instead of several"
