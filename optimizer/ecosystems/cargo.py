"""Cargo: Rust packages."""

from __future__ import annotations

from optimizer.ecosystems.caches import PLAIN, Cache, CacheMount, Means, Purge
from optimizer.ecosystems.linking import Linking
from optimizer.ecosystems.model import Action, Ecosystem, Operands, Program
from optimizer.ecosystems.verbs import Verb, words

_VALUED = words(
    "--config -Z -C --color -p --package --exclude --bin --example --test --bench -F --features --profile --target "
    "--target-dir --manifest-path --message-format -j --jobs --version --vers --git --branch --tag --rev --path --root "
    "--registry --index --recipe-path"
)
_FILLING = frozenset({Verb.INSTALL, Verb.DOWNLOAD, Verb.BUILD})
_RUST = frozenset({"rust"})
"""Sets CARGO_HOME=/usr/local/cargo (rust-lang/docker-rust)."""

CARGO = Ecosystem(
    name="cargo",
    programs=(
        Program(
            frozenset({"cargo"}),
            (
                Action(("fetch", "vendor", "generate-lockfile"), Verb.DOWNLOAD),
                Action(("install", "binstall"), Verb.INSTALL, operands=Operands.PACKAGES),
                Action(("update",), Verb.UPGRADE),
                Action(("uninstall",), Verb.REMOVE, operands=Operands.PACKAGES),
                Action(
                    (
                        "build",
                        "b",
                        "run",
                        "r",
                        "test",
                        "t",
                        "check",
                        "c",
                        "bench",
                        "doc",
                        "rustc",
                        "clippy",
                        "chef cook",
                    ),
                    Verb.BUILD,
                ),
                Action(("metadata", "tree", "search", "pkgid", "chef prepare"), Verb.QUERY),
                Action(("clean", "new", "init", "fmt", "version", "login", "component"), Verb.OTHER),
            ),
            _VALUED,
            selector="+",
        ),
    ),
    caches=(
        Cache(
            "cargo registry",
            ("/usr/local/cargo/registry", "~/.cargo/registry"),
            filled_by=_FILLING,
            mounts=(
                CacheMount("/usr/local/cargo/registry", images=_RUST),
                CacheMount("~/.cargo/registry", images=PLAIN),
            ),
            purge=Purge("rm -rf /usr/local/cargo/registry", Means.REMOVES, certain=False, images=_RUST),
            reused_by=_FILLING,
            needed_with=words("--offline --frozen"),
            unfilled_with=words("--offline --frozen"),
            also_emptied_by=("$CARGO_HOME/registry",),
            moved_by=("CARGO_HOME",),
            only_one=True,
        ),
    ),
    tools=(
        *("/usr/local/cargo/git", "~/.cargo/git", "/usr/local/cargo/.package-cache", "~/.cargo/.package-cache"),
        *("/usr/local/rustup", "~/.rustup"),
    ),
    linking=Linking(
        programs=frozenset({"cargo"}),
        verbs=words("build b"),
        image="rust",
        variable="RUST_VERSION",
        since=(1, 59),  # made `strip` of a profile stable (Cargo changelog, 1.59)
        only_with=words("-r --release"),
        variables=(("CARGO_PROFILE_RELEASE_STRIP", "true"),),
        profile=("profile", "release"),
        decides=words("strip debug"),
        source='The Cargo Book, "Profiles" (strip), "Configuration" (profile.<name>.strip)',
    ),
    sources=('The Cargo Book, "Cargo Home"', 'The Cargo Book, "Cargo Commands"', "docker-library: rust"),
    manifests=("Cargo.toml",),
    locks=("Cargo.lock",),
    settings=(".cargo/config.toml", ".cargo/config", "rust-toolchain.toml", "rust-toolchain"),
    writes=("target",),
    hooks=("build.rs",),
    file_options=words("--manifest-path --path"),
    environment=words("CARGO_* RUST* RUSTUP_*"),
)
