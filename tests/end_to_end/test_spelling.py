"""Changes of spelling, built and run: they make no difference that anybody sees."""

from __future__ import annotations

import pytest

from tests.end_to_end.account import Account
from tests.end_to_end.apps import SCRIPT, VERIFY, WRITE, application, held, script

pytestmark = pytest.mark.container


def test_a_program_is_started_without_a_shell(me: Account) -> None:
    place = application(me.home / "app", script(command="CMD /srv/run.sh"), SCRIPT)
    result = me.optimize(*VERIFY, "--select", "exec_form", cwd=place)
    assert result.code == 0, result.err
    assert '+CMD ["/srv/run.sh"]' in result.out.splitlines()
    assert "proven with buildah" in result.err


HEEDS = """use IO::Socket::INET;
$SIG{TERM} = sub { exit 0 };
my $server = IO::Socket::INET->new(LocalPort => 8080, Listen => 5, ReuseAddr => 1) or die;
while (1) {
    my $client = $server->accept or next;
    while (<$client>) { last if /^\\s*$/ }
    print $client "HTTP/1.0 200 OK\\r\\n\\r\\nhello\\n";
    close $client;
}
"""


def test_a_server_that_its_shell_kept_from_the_signal_stops_by_itself(me: Account) -> None:
    # Debian's shell stays where it was given one command with -c, and as the first process it takes no notice of TERM.
    text = "FROM debian:bookworm-slim\nCOPY serve.pl /srv/\nEXPOSE 8080\nCMD perl /srv/serve.pl\n"
    place = application(me.home / "app", text, {"serve.pl": HEEDS})
    result = me.optimize(*VERIFY, "-v", "--select", "exec_form", cwd=place)
    assert result.code == 0, result.err
    assert '+CMD ["perl", "/srv/serve.pl"]' in result.out.splitlines()
    assert "stops with 0, by itself; had to be killed before" in " ".join(result.err.split())


def test_a_working_directory_is_said_once(me: Account) -> None:
    head = "FROM busybox\nCOPY . /srv/app\n"
    command = 'CMD ["/bin/sh", "run.sh"]\n'
    before = (
        "RUN cd /srv/app && mkdir data && echo 1 > data/one\nRUN cd /srv/app && echo 2 > data/two\nWORKDIR /srv/app\n"
    )
    after = "WORKDIR /srv/app\nRUN mkdir data && echo 1 > data/one\nRUN echo 2 > data/two\n"
    place = application(me.home / "app", head + before + command, SCRIPT)
    result = me.optimize(*WRITE, "--select", "workdir_for_cd", cwd=place)
    assert result.code == 0, result.err
    assert held(place)["Containerfile"].decode() == head + after + command
