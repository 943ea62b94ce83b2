"""Names that mean something to a reader of shell: built-in utilities, and programs that outlast their command.

POSIX.1-2017, XCU 2.14 (special built-ins) and 1.6 (regular ones); the bash manual, "Shell Builtin Commands"; dash(1)
and the applets that BusyBox's ash runs by itself for speed (`echo`, `printf`, `test`). Reserved words are grammar.
"""

from __future__ import annotations

BUILTINS = frozenset(
    {":", ".", "break", "continue", "eval", "exec", "exit", "export", "readonly", "return", "set", "shift", "times"}
    | {"trap", "unset", "alias", "bg", "cd", "chdir", "command", "false", "fc", "fg", "getopts", "hash", "jobs", "kill"}
    | {"newgrp", "pwd", "read", "true", "type", "ulimit", "umask", "unalias", "wait", "echo", "printf", "test", "["}
    | {"local", "let", "source", "declare", "typeset", "shopt", "enable", "builtin", "logout", "disown", "suspend"}
    | {"pushd", "popd", "dirs", "history", "caller", "help", "bind", "mapfile", "readarray", "compgen", "complete"}
    | {"time", "coproc", "[["}
)

SPECIAL = frozenset(
    {":", ".", "break", "continue", "eval", "exec", "exit", "export", "readonly", "return", "set", "shift", "times"}
    | {"trap", "unset"}
)
"""Special built-ins: assignments before them stay (2.14)."""

PREFIXES = frozenset({"command", "builtin", "time"})
"""Words behind which a built-in still works in this shell."""

DAEMONS = frozenset(
    {"service", "invoke-rc.d", "systemctl", "rc-service", "start-stop-daemon", "pg_ctl", "pg_ctlcluster", "apachectl"}
    | {"apache2ctl", "mysqld_safe", "supervisord", "Xvfb", "dbus-daemon", "sshd", "cron", "redis-server", "mongod"}
    | {"nginx", "httpd", "crond", "rpcbind", "slapd", "named", "dnsmasq", "smbd", "memcached", "php-fpm", "vncserver"}
    | {"mysqld", "mariadbd", "mariadbd-safe", "rabbitmq-server", "dockerd", "ssh-agent", "gpg-agent", "dirmngr"}
)
"""Programs that start services, which end with their RUN but not with their command."""

UNIT_FILES = frozenset({"enable", "disable", "reenable", "mask", "unmask", "preset", "preset-all", "set-default"})
"""Verbs of `systemctl` that only write links, unless `--now` is given too (systemctl(1), "Unit File Commands")."""

REPLACING = frozenset(
    {"rm", "unlink", "mv", "cp", "ln", "install", "dpkg-divert", "update-alternatives", "dpkg-reconfigure"}
)
"""Programs that put files in the place of others (`ln -sf bash /bin/sh`, `dpkg-reconfigure dash`)."""
