from __future__ import annotations

import pytest

from optimizer.sources.python import UNREADABLE, PythonUse, uses, worth_reading


def opens(*names: str) -> PythonUse:
    return PythonUse(opens=frozenset(names))


def starts(*names: str) -> PythonUse:
    return PythonUse(programs=frozenset(names))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("open('data/a.txt')", opens("data/a.txt")),
        ("with open('./a.txt', 'rb') as f: pass", opens("a.txt")),
        ("open('../certs/a.pem')", opens("certs/a.pem")),
        ("open('a' '.txt')", opens("a.txt")),
        ("NAME = 'a.txt'\nopen(NAME)", opens("a.txt")),
        ("import io as i\ni.open('a.txt')", opens("a.txt")),
        ("from codecs import open as o\no('a.txt')", opens("a.txt")),
        ("from pathlib import Path\nPath('a.txt').read_text()", opens("a.txt")),
        ("from pathlib import Path\nPath('d', 'a.txt').read_bytes()", opens("d")),
        ("from pathlib import Path\n(Path(__file__).parent / 'd' / 'a.txt').open()", opens("d/a.txt", "d")),
        ("import os\nopen(os.path.join(BASE, 'd', 'a.txt'))", opens("d/a.txt")),
        ("import os\np = os.path.join('d', 'a.txt')\nopen(p)", opens("d/a.txt")),
        ("import pkgutil\npkgutil.get_data(__name__, 'a.txt')", opens("a.txt")),
        ("from importlib import resources\nresources.files('p') / 'a.txt'", opens("a.txt")),
        ("from importlib.resources import files\nfiles('p').joinpath('a.txt')", opens("a.txt")),
        ("from importlib import resources\nresources.read_text('p', 'a.txt')", opens("a.txt")),
        ("from flask import Flask\nFlask(__name__, static_folder='dist')", opens("dist")),
        ("from flask import send_from_directory as s\ns('up', 'a.png')", opens("up", "a.png")),
        ("StaticFiles(directory='static')", opens("static")),
        ("context.load_cert_chain('c.pem', keyfile='k.pem')", opens("c.pem", "k.pem")),
        ("uvicorn.run(app, ssl_keyfile='k.pem')", opens("k.pem")),
        ("import glob\nglob.glob('certs/*.pem')", opens("certs/*.pem")),
        ("import sqlite3\nsqlite3.connect('app.db')", opens("app.db")),
        ("open(0)\nprint('open(b)')", PythonUse(computed=True)),
        ("open(sys.argv[1])", PythonUse(computed=True)),
        ("open(f'{name}.txt')", PythonUse(computed=True)),
        ("NAME = 'a.txt'\nNAME = get()\nopen(NAME)", PythonUse(computed=True)),
        ("from dotenv import load_dotenv\nload_dotenv()", PythonUse(dotenv=True)),
        ("import dotenv\ndotenv.load_dotenv('.env.local')", PythonUse(dotenv=True)),
        ("from decouple import config", PythonUse(dotenv=True)),
        ("Config(env_file='.env')", PythonUse(opens=frozenset({".env"}), dotenv=True)),
        ("import subprocess\nsubprocess.run(['git', 'describe'])", starts("git")),
        ("import subprocess as s\ns.check_output(args=('git', 'log'))", starts("git")),
        ("from subprocess import Popen\nPopen('convert a b | gzip -c', shell=True)", starts("convert", "gzip")),
        ("import os\nos.system('sudo make install')", starts("make")),
        ("import os\nos.execvp('nginx', ['nginx'])", starts("nginx")),
        ("import os\nos.spawnlp(os.P_WAIT, 'cp', 'cp')", starts("cp")),
        ("import shutil\nshutil.which('ffmpeg')", starts("ffmpeg")),
        ("import subprocess, sys\nsubprocess.run([sys.executable, '-m', 'x'])", PythonUse()),
        ("import subprocess\nsubprocess.run(command)", PythonUse(runs_computed=True)),
        ("import os\nos.system('$TOOL x')", PythonUse(runs_computed=True)),
        ("class C:\n    def open(self): pass\nC().open()", PythonUse()),
        ("'open(\"a.txt\")'", PythonUse()),
        ("", PythonUse()),
    ],
)
def test_finds_what_a_module_uses(source: str, expected: PythonUse) -> None:
    assert uses(source) == expected


@pytest.mark.parametrize("source", ["print 'a'", "def f(:", "open('a.txt'"])
def test_what_does_not_parse_may_use_anything(source: str) -> None:
    assert uses(source) == UNREADABLE


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("certs/server.pem", True),
        ("app/certs/server.pem", True),
        ("dist/js/app.js", True),
        ("web/dist", True),
        ("keys/a.key", True),
        ("server.pem", False),
        ("distribution/a", False),
        ("keys/a.pem", False),
    ],
)
def test_knows_paths_by_their_ends_and_directories_by_their_names(path: str, answer: bool) -> None:
    assert opens("certs/server.pem", "dist", "keys/*.key").may_open(path) is answer


def test_two_modules_use_what_either_uses() -> None:
    assert opens("a") | PythonUse(dotenv=True) == PythonUse(opens=frozenset({"a"}), dotenv=True)


def test_a_deeply_nested_module_is_read() -> None:
    assert uses("x = " + "[" * 80 + "open('a')" + "]" * 80) == opens("a")


@pytest.mark.parametrize(("source", "answer"), [("x = 1\n", False), ("open('a')", True), ("import subprocess", True)])
def test_looks_before_it_parses(source: str, answer: bool) -> None:
    assert worth_reading(source) is answer
