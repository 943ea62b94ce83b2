"""What the goldens cannot show: what keeps a COPY in place, and that a builder reuses the installation."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from optimizer.context import MemoryContext
from optimizer.engine import Rewrite, Source, run
from optimizer.passes.reorder_copies import Why, reorder_copies
from optimizer.proposal import Safety, TraceRelation
from optimizer.selection import Selection
from tests.conftest import Store

FILES = {"requirements.txt": b"\n", "app.py": b"print(1)\n", "lib/x.py": b"x = 1\n"}
INSTALL = "RUN pip install -r requirements.txt\n"


def rewrite(body: str, files: dict[str, bytes] | None = None) -> Rewrite:
    """The result for a stage of these instructions."""
    source = Source(f"FROM python\nWORKDIR /app\n{body}", None, MemoryContext(FILES if files is None else files))
    found = run(source, (reorder_copies,), Selection(least=Safety.NEEDS_PROOF))
    assert found.bugs == ()
    return found


def after(body: str) -> str:
    return rewrite(body).text.removeprefix("FROM python\nWORKDIR /app\n")


def why(body: str) -> list[Why]:
    return [each.declined.why for each in rewrite(body).refused if isinstance(each.declined.why, Why)]


@pytest.mark.parametrize(
    ("before", "between"),
    [
        ("", ""),
        ("", "ENV A=1\nARG B\nUSER me\nLABEL c=d\nEXPOSE 80\n"),
        ("", "RUN apt-get update && apt-get install -y gcc\n"),
        ("", "RUN mkdir -p /data && rm -rf /tmp/* && echo done > /done\n"),
        ("", "RUN curl -fsSL https://example.org/x -o /usr/local/bin/x && chmod +x /usr/local/bin/x\n"),
        ("", "RUN --mount=type=cache,target=/root/.cache pip install wheel\n"),
        ("", "RUN wget -qO /x.tar https://example.org/y && tar -C /opt -xf /x.tar && ln -s /opt/x /usr/bin/x\n"),
        ("ENV HOME=/root\n", "RUN cd /tmp && wget https://example.org/y\n"),
    ],
)
def test_passes_what_has_nothing_to_do_with_it(before: str, between: str) -> None:
    body = f"{before}COPY . .\n{between}{INSTALL}"
    assert after(body) == f"{before}{between}COPY requirements.txt ./\n{INSTALL}COPY . .\n"


@pytest.mark.parametrize(
    "between",
    [
        "RUN make\n",
        "RUN ./setup.sh\n",
        "RUN cp app.py /usr/bin\n",
        "RUN cat app.py > /x\n",
        "RUN echo x > here\n",
        "RUN rm -rf *\n",
        "RUN useradd -d /app me\n",
        "RUN for f in *; do echo $f; done\n",
        "RUN echo $(ls)\n",
        "RUN mkdir $UNKNOWN\n",
        "RUN mv /etc/x ../app/y\n",
        "RUN tar -xf /x.tar\n",
        "RUN cd / && cd app && tar -xf /x.tar\n",
        "RUN wget https://example.org/y\n",
        "RUN curl -fsSLO https://example.org/y\n",
        "RUN unzip /x.zip\n",
        "RUN ln -s /x\n",
        "RUN chmod 755 app.py\n",
        'RUN ["mkdir", "/x"]\n',
        "RUN --mount=type=bind,target=/ctx mkdir /x\n",
        "RUN apt-get install ./x.deb\n",
        "COPY requirements.txt ./\n",
        "ADD https://example.org/x /app/\n",
        "WORKDIR sub\n",
        "VOLUME /app\n",
        "ONBUILD COPY . .\n",
        'SHELL ["/bin/bash", "-c"]\n',
    ],
)
def test_stays_above_what_may_depend_on_it(between: str) -> None:
    body = f"COPY . .\n{between}{INSTALL}"
    assert after(body) == body
    assert len(why(body)) == 1


@pytest.mark.parametrize("copy", ["COPY . $PLACE", "COPY --chown=$PLACE . ."])
def test_a_variable_that_is_set_between_keeps_it(copy: str) -> None:
    body = f"ENV PLACE=/app\n{copy}\nENV PLACE=/other\n{INSTALL}"
    assert after(body) == body
    assert why(body) == [Why.BETWEEN]


@pytest.mark.parametrize(
    "body",
    [
        f"COPY . .\n{INSTALL}".replace("COPY . .", "COPY lib app.py requirements.txt ./"),
        f"COPY . .\n{INSTALL}".replace("COPY . .", "COPY *.py requirements.txt ./"),
        f"COPY --from=other . .\n{INSTALL}",
        "COPY . .\nRUN make\n",
        "COPY . .\nRUN mkdir /x\n",
        "COPY . .\nCMD x\n",
    ],
)
def test_has_nothing_to_say(body: str) -> None:
    assert after(body) == body
    assert why(body) == []


def test_a_variable_in_the_environment_that_points_there_needs_proof() -> None:
    (plain,) = rewrite(f"COPY . .\n{INSTALL}").placed
    (pointing,) = rewrite(f"ENV PYTHONPATH=/usr/lib:/app\nCOPY . .\n{INSTALL}").placed
    assert (plain.proposal.safety, pointing.proposal.safety) == (Safety.SAFE, Safety.NEEDS_PROOF)
    assert plain.proposal.contract.trace is TraceRelation.REORDERED


def test_a_heading_above_the_comment_stays() -> None:
    body = f"# --- application ---\n\n# sources\nCOPY . .\n{INSTALL}"
    assert after(body) == f"# --- application ---\n\nCOPY requirements.txt ./\n{INSTALL}\n# sources\nCOPY . .\n"


def test_names_with_blanks_are_left() -> None:
    found = rewrite("COPY . .\nRUN pip install -r 'my file.txt'\n", {"my file.txt": b""})
    assert [each.declined.why for each in found.refused] == [Why.UNREADABLE]


@pytest.mark.container
def test_an_edit_of_the_sources_no_longer_reinstalls(store: Store, tmp_path: Path) -> None:
    text = "FROM docker.io/library/python:3.11-slim\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\n"
    source = Source(text, None, MemoryContext(FILES))
    changed = run(source, (reorder_copies,), Selection(least=Safety.SAFE)).text
    assert changed != text
    assert not reuses_the_run(tmp_path / "before", text)
    assert reuses_the_run(tmp_path / "after", changed)


def reuses_the_run(context: Path, text: str) -> bool:
    """Whether a second build, after an edit of the program, takes the RUN from the cache."""
    for name, data in FILES.items():
        (context / name).parent.mkdir(parents=True, exist_ok=True)
        (context / name).write_bytes(data)
    (context.parent / "Containerfile").write_text(text)
    build(context)
    (context / "app.py").write_text("print(2)\n")
    shown = build(context)
    shutil.rmtree(context)
    at = next(index for index, line in enumerate(shown) if ": RUN pip" in line)
    return "Using cache" in shown[at + 1]


def build(context: Path) -> list[str]:
    command = ["buildah", "bud", "--layers", "--pull-never", "-f", str(context.parent / "Containerfile"), str(context)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


@pytest.mark.parametrize("place", ["/app/", "/opt/x"])
def test_a_second_copy_on_the_way_comes_along(place: str) -> None:
    body = f"COPY . /app\nRUN true\nCOPY . {place}\nRUN pip install flask\n"
    assert after(body) == f"RUN true\nRUN pip install flask\nCOPY . /app\nCOPY . {place}\n"


def test_a_second_copy_that_cannot_move_stays_and_holds_the_first() -> None:
    body = "COPY . /app\nRUN pip install flask\nCOPY . /usr/lib\nRUN pip install django\n"
    assert after(body) == "RUN pip install flask\nCOPY . /app\nCOPY . /usr/lib\nRUN pip install django\n"


def test_a_file_that_two_copies_bring_comes_to_where_it_is_read() -> None:
    body = "COPY lib /app/lib\nRUN true\nCOPY . /opt/x\nRUN pip install -r lib/x.py\nRUN pip install flask\n"
    assert after(body) == (
        "RUN true\nCOPY lib/x.py /app/lib/\nRUN pip install -r lib/x.py\nRUN pip install flask\n"
        "COPY lib /app/lib\nCOPY . /opt/x\n"
    )
