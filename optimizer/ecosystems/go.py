"""Go modules."""

from __future__ import annotations

from optimizer.ecosystems.caches import PLAIN, Cache, CacheMount, Means, Purge
from optimizer.ecosystems.linking import LinkerWords, Linking
from optimizer.ecosystems.model import Action, Dash, Ecosystem, Operands, Program
from optimizer.ecosystems.verbs import Verb, words

_VALUED = words(
    "-C -o -p -asmflags -buildmode -compiler -gccgoflags -gcflags -installsuffix -ldflags -mod -modfile -overlay -pgo "
    "-pkgdir -tags -toolexec -exec -run -bench -count -timeout -coverprofile -covermode"
)
_FILLING = frozenset({Verb.INSTALL, Verb.DOWNLOAD, Verb.BUILD})
_GOLANG = frozenset({"golang"})
"""Sets GOPATH=/go (docker-library/golang)."""

GO = Ecosystem(
    name="go",
    programs=(
        Program(
            frozenset({"go"}),
            (
                Action(("mod download", "mod vendor", "mod tidy", "work sync"), Verb.DOWNLOAD),
                Action(("get", "install"), Verb.INSTALL, operands=Operands.PACKAGES),
                Action(("build", "run", "test", "vet", "generate", "tool"), Verb.BUILD, operands=Operands.PATHS),
                Action(("list", "version", "doc", "mod verify", "mod graph", "mod why"), Verb.QUERY),
                Action(
                    ("clean",),
                    Verb.CLEAN,
                    cleans_by=(("-modcache", "go modules"), ("-cache", "go builds")),
                ),
                Action(("env", "mod init", "mod edit", "fmt", "fix", "work", "telemetry"), Verb.OTHER),
            ),
            _VALUED,
            dash=Dash.WORD,
        ),
    ),
    caches=(
        Cache(
            "go modules",
            ("/go/pkg/mod", "~/go/pkg/mod"),
            filled_by=_FILLING,
            mounts=(CacheMount("/go/pkg/mod", images=_GOLANG), CacheMount("~/go/pkg/mod", images=PLAIN)),
            purge=Purge("{program} clean -modcache", Means.TOOL, certain=False),
            reused_by=_FILLING,
            moved_by=("GOMODCACHE", "GOPATH"),
            only_one=True,
        ),
        Cache(
            "go builds",
            ("~/.cache/go-build",),
            filled_by=frozenset({Verb.INSTALL, Verb.BUILD}),
            # It does not see changes of C libraries (`go help cache`).
            mounts=(CacheMount("~/.cache/go-build", id="go-build"),),
            purge=Purge("{program} clean -cache", Means.TOOL, certain=False),
            reused_by=frozenset({Verb.INSTALL, Verb.BUILD}),
            moved_by=("GOCACHE", "XDG_CACHE_HOME"),
        ),
    ),
    linking=Linking(
        programs=frozenset({"go"}),
        verbs=words("build install"),
        not_with=(("-gcflags", "-N"),),
        remote="@",
        linker=LinkerWords("-ldflags", ("-s", "-w")),
        static=("CGO_ENABLED", "0"),
        configured_by="GOFLAGS",
        source='Go documentation: "go help build", cmd/link, cmd/cgo',
    ),
    sources=('Go documentation, "cmd/go", environment variables and "Build and test caching"', "Go Modules Reference"),
    manifests=("go.mod", "go.work"),
    locks=("go.sum", "go.work.sum"),
    settings=("vendor",),
    file_options=words("-modfile -overlay"),
    environment=words("GO* CGO_* CC CXX"),
)
