"""A runtime stage on an image without a shell, for real: a stand-in of the distroless image, made from Debian's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from optimizer.containers.engine import open_engine
from optimizer.containers.model import BuildRequest
from optimizer.context import DirectoryContext
from optimizer.engine import Source
from optimizer.optimize import Wishes, optimize
from optimizer.passes.split_stages import split_stages
from optimizer.policy import RuntimeBase
from optimizer.proof.model import Proven, Subject, Terms
from optimizer.proof.prover import Prover
from tests.evidence.gathered import evidence_of

STAND_IN = """\
FROM debian:bookworm-slim AS all
RUN mkdir -p /out/var/lib/dpkg/status.d /out/etc /out/tmp /out/usr/lib /out/usr/lib64 \\
    && ln -s usr/lib /out/lib && ln -s usr/lib64 /out/lib64 \\
    && for name in libc6 libgcc-s1 gcc-12-base; do \\
      dpkg -s $name >/out/var/lib/dpkg/status.d/$name; \\
      for file in $(dpkg -L $name); do if [ -f $file ]; then cp -a --parents $file /out/; fi; done; done \\
    && sed /CODENAME/d /etc/os-release >/out/etc/os-release \\
    && printf 'root:x:0:0:root:/root:/sbin/nologin\\n' >/out/etc/passwd && printf 'root:x:0:\\n' >/out/etc/group
FROM scratch
COPY --from=all /out/ /
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
USER 0
"""
TEXT = """\
FROM debian:bookworm
RUN cp /bin/cat /usr/local/bin/show && rm -rf /var/log/apt
COPY words.txt /srv/
CMD ["show", "/srv/words.txt"]
"""
OPTIONS = ("--network=host", "--pull-never")


@pytest.mark.container
def test_a_program_runs_where_nothing_else_does(store: object, tmp_path: Path) -> None:
    context = tmp_path / "context"
    context.mkdir()
    (context / "words.txt").write_text("no shell here\n")
    path = context / "Containerfile"
    path.write_text(TEXT)
    stand_in = tmp_path / "Containerfile.stand-in"
    stand_in.write_text(STAND_IN)
    engine = open_engine()
    try:
        named = ("--tag", "gcr.io/distroless/cc-debian12")
        engine.build(BuildRequest(stand_in, context, None, passthrough=(*OPTIONS, *named)))
        assert engine.find("gcr.io/distroless/cc-debian12") is not None
        terms = Terms(context, passthrough=OPTIONS)

        @contextmanager
        def judge(source: Source, original: Subject) -> Iterator[Prover]:
            with Prover(engine, terms, original, path) as prover:
                yield prover

        source = Source(TEXT, path, DirectoryContext(context))
        evidence = evidence_of(engine, RuntimeBase.DISTROLESS)
        outcome = optimize(source, Wishes(pipeline=(split_stages,)), judge_for=judge, evidence_for=evidence)
    finally:
        engine.close()
    assert isinstance(outcome.verdict, Proven), outcome.attempts
    assert "\nFROM gcr.io/distroless/cc-debian12\n" in outcome.after
    assert outcome.after.rpartition("FROM")[2].count("RUN") == 0
