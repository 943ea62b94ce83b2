"""What a Python module opens and starts, as far as its text says so in literals.

Only calls whose documentation says that an argument is a path or a command are read: the standard library (`open`,
`pathlib`, `pkgutil`, `importlib.resources`, `ssl`, `subprocess`, `os`, `shutil`, `asyncio`) and the file-serving
parameters of Flask, Starlette and Jinja2. Nothing is executed.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from optimizer.shell.query import commands, unwrap
from optimizer.shell.reader import read
from optimizer.sources.python_calls import ARGV, DOTENV, PATH_KEYWORDS, PATH_METHODS, PATHS, PROGRAM, SHELL

if TYPE_CHECKING:
    import libcst as cst


@dataclass(frozen=True, slots=True)
class PythonUse:
    """What one module uses. Paths are as written, without a beginning that is not literal (`BASE / "a" / "b"` is
    `a/b`); `computed` says that some path was not literal at all, `runs_computed` the same of a program."""

    opens: frozenset[str] = frozenset()
    programs: frozenset[str] = frozenset()
    dotenv: bool = False
    computed: bool = False
    runs_computed: bool = False

    def may_open(self, path: str) -> bool:
        """Whether a context path, or a directory that holds it, is among what is opened by name."""
        parts = path.split("/")
        spellings = {"/".join(parts[low:high]) for high in range(1, len(parts) + 1) for low in range(high)}
        return any(
            name in spellings or (any(char in name for char in "*?[") and any(fnmatchcase(s, name) for s in spellings))
            for name in self.opens
        )

    def __or__(self, other: PythonUse) -> PythonUse:
        return PythonUse(
            self.opens | other.opens,
            self.programs | other.programs,
            self.dotenv or other.dotenv,
            self.computed or other.computed,
            self.runs_computed or other.runs_computed,
        )


UNREADABLE = PythonUse(computed=True, runs_computed=True)
"""What is known of a module that is not Python 3."""

_HINTS = (
    *("open(", "Path(", "read_text", "read_bytes", "get_data", "resources", "sqlite3", "ZipFile"),
    *("dotenv", "decouple", "read_env", "env_file", "listdir", "scandir", "walk(", "glob"),
    *("send_from_directory", "send_file", "static_folder", "template_folder", "directory=", "FileSystemLoader"),
    *("load_cert_chain", "certfile", "keyfile", "fileConfig", "copyfile", "copytree", "shutil"),
    *("subprocess", "system(", "popen(", "os.exec", "os.spawn", "posix_spawn", "create_subprocess"),
)


def worth_reading(source: str) -> bool:
    """A cheap look: False when `uses` could find nothing, without loading a parser."""
    return any(hint in source for hint in _HINTS)


def uses(source: str) -> PythonUse:
    """Read one module. Never raises for its text: what does not parse is UNREADABLE."""
    import libcst as cst

    try:
        module = cst.parse_module(source)
    except (cst.ParserSyntaxError, UnicodeError, RecursionError):
        return UNREADABLE
    reader = _Reader()
    _walk(module, reader)
    return reader.found()


def _walk(node: cst.CSTNode, reader: _Reader) -> None:
    """Every node, outer ones first, without recursion: generated modules nest deeply."""
    todo = [node]
    while todo:
        current = todo.pop()
        reader.see(current)
        todo.extend(reversed(current.children))


class _Reader:
    """Collects what the nodes of one module say. Names are bound in source order, as far as they are literal."""

    __slots__ = ("computed", "dotenv", "imported", "known", "opens", "programs", "runs_computed")

    def __init__(self) -> None:
        self.imported: dict[str, str] = {}
        self.known: dict[str, str] = {}
        self.opens: set[str] = set()
        self.programs: set[str] = set()
        self.dotenv = self.computed = self.runs_computed = False

    def found(self) -> PythonUse:
        """What has been seen so far."""
        return PythonUse(
            frozenset(name for name in map(_relative, self.opens) if name),
            frozenset(self.programs),
            self.dotenv,
            self.computed,
            self.runs_computed,
        )

    def see(self, node: cst.CSTNode) -> None:
        """Take note of one node."""
        import libcst as cst

        match node:
            case cst.Import(names=names):
                for alias in names:
                    name = _dotted(alias.name)
                    self._bind(alias, name, name if alias.asname else name.split(".")[0])
            case cst.ImportFrom(module=module, names=names) if not isinstance(names, cst.ImportStar):
                start = _dotted(module) if module is not None else ""
                self.dotenv = self.dotenv or start == "decouple"
                for alias in names:
                    name = f"{start}.{_dotted(alias.name)}"
                    self._bind(alias, name.rpartition(".")[2], name)
            case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))], value=value):
                text = self._path(value)
                if text:
                    self.known[name] = text
                else:
                    self.known.pop(name, None)
            case cst.BinaryOperation(operator=cst.Divide(), right=right):
                if _string(right) is not None:
                    self.opens.add(self._path(node) or "")
            case cst.Call():
                self._call(node)

    def _bind(self, alias: cst.ImportAlias, name: str, meaning: str) -> None:
        name = name.split(".")[0] if alias.asname is None else _dotted(alias.asname.name)
        self.imported[name] = meaning

    def _name(self, node: cst.BaseExpression) -> str:
        """The dotted name of what is called, imports followed; for a method of a value only `.method`."""
        written = _dotted(node)
        first, dot, rest = written.partition(".")
        return self.imported.get(first, first) + dot + rest

    def _call(self, call: cst.Call) -> None:
        name = self._name(call.func)
        method = name.rpartition(".")[2]
        arguments = [each.value for each in call.args if each.keyword is None and not each.star]
        keywords = {each.keyword.value: each.value for each in call.args if each.keyword is not None}
        for keyword in PATH_KEYWORDS & keywords.keys():
            self._open(keywords[keyword])
        self.dotenv = self.dotenv or method in DOTENV or "env_file" in keywords
        positions = PATHS.get(name)
        if positions is None:
            positions = PATH_METHODS.get(method, ()) if "." in name else ()
        for position in positions:
            if position < len(arguments):
                self._open(arguments[position])
        if name in ARGV:
            self._start(arguments or [value for key, value in keywords.items() if key == "args"], keywords)
        elif name in SHELL:
            self._shell(arguments)
        elif name in PROGRAM:
            self._program(arguments[PROGRAM[name] :])

    def _open(self, node: cst.BaseExpression) -> None:
        import libcst as cst

        path = self._path(node)
        if path:
            self.opens.add(path)
        elif not (isinstance(node, cst.Integer | cst.Name) and getattr(node, "value", "") in ("None", "__file__")):
            self.computed = True

    def _path(self, node: cst.BaseExpression) -> str | None:
        """A path as far as its end is literal; None when it is not."""
        import libcst as cst

        match node:
            case cst.Name(value=name):
                return self.known.get(name)
            case cst.BinaryOperation(left=left, operator=cst.Divide(), right=right):
                return _join(self._path(left), self._path(right))
            case cst.Call(func=func, args=args):
                name = self._name(func)
                if name in ("os.path.join", "pathlib.Path", "pathlib.PurePath"):
                    path: str | None = None
                    for each in args:
                        path = _join(path, self._path(each.value))
                    return path
                if name in ("str", "os.fspath", "os.path.abspath", "os.path.normpath", "os.path.expanduser") and args:
                    return self._path(args[0].value)
                return None
            case _:
                return _string(node)

    def _start(self, arguments: list[cst.BaseExpression], keywords: dict[str, cst.BaseExpression]) -> None:
        import libcst as cst

        if not arguments:
            return
        shell = keywords.get("shell")
        if shell is not None and not (isinstance(shell, cst.Name) and shell.value == "False"):
            self._shell(arguments)
            return
        first = arguments[0]
        if isinstance(first, cst.List | cst.Tuple):
            self._program([each.value for each in first.elements[:1]])
        else:
            self._program([first])

    def _program(self, arguments: list[cst.BaseExpression]) -> None:
        if not arguments:
            return
        text = _string(arguments[0])
        if text:
            self.programs.add(text)
        elif _dotted(arguments[0]) != "sys.executable":
            self.runs_computed = True

    def _shell(self, arguments: list[cst.BaseExpression]) -> None:
        text = _string(arguments[0]) if arguments else None
        if text is None:
            self.runs_computed = True
            return
        for command in commands(read(text)):
            program = unwrap(command).program
            if program is None:
                self.runs_computed = True
            else:
                self.programs.add(program)


def _dotted(node: cst.CSTNode) -> str:
    """`a.b.c`, or `.c` for an attribute of something that is no name."""
    import libcst as cst

    parts: list[str] = []
    current = node
    while isinstance(current, cst.Attribute):
        parts.append(current.attr.value)
        current = current.value
    parts.append(current.value if isinstance(current, cst.Name) else "")
    return ".".join(reversed(parts))


def _string(node: cst.BaseExpression) -> str | None:
    """The value of a string literal without anything computed in it."""
    import libcst as cst

    if not isinstance(node, cst.SimpleString | cst.ConcatenatedString):
        return None
    value = node.evaluated_value
    return value if isinstance(value, str) else None


def _join(left: str | None, right: str | None) -> str | None:
    if right is None:
        return None
    return right if left is None or right.startswith("/") else f"{left.rstrip('/')}/{right}"


def _relative(path: str) -> str:
    """A path as it would stand in a build context: no `./`, and of `..` only what follows."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    while ".." in parts:
        parts = parts[parts.index("..") + 1 :]
    return "/".join(parts)
