"""Calls of Python's library and of common packages that take paths or programs, and at which argument.

Sources: as `optimizer.sources.python`.
"""

from __future__ import annotations

PATHS: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("open", "io.open", "codecs.open", "os.open", "gzip.open", "bz2.open", "lzma.open"), (0,)),
    **dict.fromkeys(("zipfile.ZipFile", "tarfile.open", "sqlite3.connect", "runpy.run_path", "mmap.mmap"), (0,)),
    **dict.fromkeys(("os.listdir", "os.scandir", "os.walk", "os.stat", "glob.glob", "glob.iglob"), (0,)),
    **dict.fromkeys(("shutil.copy", "shutil.copy2", "shutil.copyfile", "shutil.copytree", "shutil.move"), (0,)),
    **dict.fromkeys(("pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath"), (0,)),
    **dict.fromkeys(("logging.config.fileConfig", "configparser.ConfigParser.read"), (0,)),
    **dict.fromkeys(("flask.send_file", "jinja2.FileSystemLoader", "starlette.responses.FileResponse"), (0,)),
    **dict.fromkeys(("flask.send_from_directory",), (0, 1)),
    **dict.fromkeys(("pkgutil.get_data", "importlib.resources.open_text", "importlib.resources.open_binary"), (1,)),
    **dict.fromkeys(
        ("importlib.resources.read_text", "importlib.resources.read_binary", "importlib.resources.path"), (1,)
    ),
}
"""Positions of arguments that are paths."""

PATH_METHODS = {"load_cert_chain": (0, 1), "load_verify_locations": (0,), "joinpath": (0,), "glob": (0,)}
"""Methods, whatever their object, whose arguments are paths."""

PATH_KEYWORDS = frozenset(
    {
        *("static_folder", "template_folder", "directory", "searchpath", "env_file", "dotenv_path"),
        *("certfile", "keyfile", "ssl_certfile", "ssl_keyfile", "cafile"),
    }
)
"""Parameters, whatever the call, whose values are paths."""

DOTENV = frozenset({"load_dotenv", "dotenv_values", "find_dotenv", "read_env"})

ARGV = frozenset(f"subprocess.{name}" for name in ("run", "Popen", "call", "check_call", "check_output"))
SHELL = frozenset(
    {"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput", "asyncio.create_subprocess_shell"}
)
PROGRAM = {
    "shutil.which": 0,
    "asyncio.create_subprocess_exec": 0,
    **{f"os.{name}": 0 for name in ("execl", "execle", "execlp", "execlpe", "execv", "execve", "execvp", "execvpe")},
    **{f"os.{name}": 1 for name in ("spawnl", "spawnle", "spawnlp", "spawnlpe", "spawnv", "spawnve", "spawnvp")},
    **dict.fromkeys(("os.posix_spawn", "os.posix_spawnp"), 0),
}
