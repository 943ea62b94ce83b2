"""One table for each question that is asked of every ecosystem."""

from __future__ import annotations

import pytest

from optimizer.ecosystems import REGISTRY, called, emptied, named
from optimizer.ecosystems.caches import Cache
from optimizer.ecosystems.model import Invocation
from optimizer.ecosystems.verbs import Verb
from optimizer.shell.nodes import Word
from optimizer.shell.query import commands, unwrap
from optimizer.shell.reader import read


def words(text: str) -> tuple[Word, ...]:
    """The words of the last command of a text, wrappers taken off."""
    return unwrap(list(commands(read(text)))[-1]).words


def call(text: str) -> Invocation:
    found = called(words(text))
    assert found is not None
    return found[1]


CALLS = [
    ("apk add --no-cache curl", "apk", Verb.INSTALL),
    ("apk --update-cache -t .deps add gcc", "apk", Verb.INSTALL),
    ("apk -U upgrade", "apk", Verb.UPGRADE),
    ("apk update", "apk", Verb.UPDATE),
    ("apk del .deps", "apk", Verb.REMOVE),
    ("dnf -y --setopt install_weak_deps=0 install curl", "dnf", Verb.INSTALL),
    ("dnf5 group install x", "dnf", Verb.INSTALL),
    ("microdnf install -y curl", "dnf", Verb.INSTALL),
    ("sudo yum -y update", "dnf", Verb.UPGRADE),
    ("yum makecache", "dnf", Verb.UPDATE),
    ("dnf clean all", "dnf", Verb.CLEAN),
    ("yum-config-manager --add-repo x", "dnf", Verb.OTHER),
    ("zypper -n --gpg-auto-import-keys ref", "zypper", Verb.UPDATE),
    ("zypper --non-interactive in curl", "zypper", Verb.INSTALL),
    ("zypper dup -y", "zypper", Verb.UPGRADE),
    ("pacman -Syu --noconfirm", "pacman", Verb.UPGRADE),
    ("pacman --noconfirm -Sy git", "pacman", Verb.INSTALL),
    ("pacman -S --needed git", "pacman", Verb.INSTALL),
    ("pacman -Rns gcc", "pacman", Verb.REMOVE),
    ("pacman -Scc", "pacman", Verb.CLEAN),
    ("pacman -Qi git", "pacman", Verb.QUERY),
    ("uv pip install -r requirements.txt", "uv", Verb.INSTALL),
    ("uv --directory /app sync --frozen", "uv", Verb.INSTALL),
    ("uv tool install ruff", "uv", Verb.INSTALL),
    ("uv run app.py", "uv", Verb.BUILD),
    ("uv venv", "uv", Verb.OTHER),
    ("poetry install --only main", "poetry", Verb.INSTALL),
    ("poetry -C /app add flask", "poetry", Verb.INSTALL),
    ("python3 -m poetry install", "poetry", Verb.INSTALL),
    ("poetry config virtualenvs.create false", "poetry", Verb.OTHER),
    ("pipenv install --system --deploy", "pipenv", Verb.INSTALL),
    ("python -m pipenv sync", "pipenv", Verb.INSTALL),
    ("conda install -y -c conda-forge numpy", "conda", Verb.INSTALL),
    ("mamba env create -f environment.yml", "conda", Verb.INSTALL),
    ("micromamba create -n x", "conda", Verb.INSTALL),
    ("conda run -n x python app.py", "conda", Verb.BUILD),
    ("yarn", "yarn", Verb.INSTALL),
    ("yarn --frozen-lockfile", "yarn", Verb.INSTALL),
    ("yarn --cwd app install", "yarn", Verb.INSTALL),
    ("yarn global add serve", "yarn", Verb.INSTALL),
    ("yarn build", "yarn", Verb.BUILD),
    ("yarn frobnicate", "yarn", Verb.OTHER),
    ("pnpm -C app install --frozen-lockfile", "pnpm", Verb.INSTALL),
    ("pnpm fetch", "pnpm", Verb.DOWNLOAD),
    ("pnpm run build", "pnpm", Verb.BUILD),
    ("bun install --production", "bun", Verb.INSTALL),
    ("bun run build", "bun", Verb.BUILD),
    ("gem install --no-document bundler -v 2.4", "gem", Verb.INSTALL),
    ("bundle", "bundler", Verb.INSTALL),
    ("bundle install --jobs 4", "bundler", Verb.INSTALL),
    ("bundle exec rake", "bundler", Verb.BUILD),
    ("bundle config set without development", "bundler", Verb.OTHER),
    ("composer -d /app install --no-dev", "composer", Verb.INSTALL),
    ("composer global require x/y", "composer", Verb.INSTALL),
    ("composer dump-autoload", "composer", Verb.OTHER),
    ("go mod download", "go", Verb.DOWNLOAD),
    ("CGO_ENABLED=0 go build -ldflags '-s -w' -o /app .", "go", Verb.BUILD),
    ("go install example.com/x@latest", "go", Verb.INSTALL),
    ("go env GOPATH", "go", Verb.OTHER),
    ("cargo build --release --target x", "cargo", Verb.BUILD),
    ("cargo install --locked ripgrep", "cargo", Verb.INSTALL),
    ("cargo fetch", "cargo", Verb.DOWNLOAD),
    ("mvn -B -DskipTests package", "maven", Verb.BUILD),
    ("./mvnw -f pom.xml dependency:go-offline", "maven", Verb.DOWNLOAD),
    ("gradle build -x test", "gradle", Verb.BUILD),
    ("./gradlew --no-daemon bootJar", "gradle", Verb.BUILD),
    ("dotnet restore App.csproj", "dotnet", Verb.DOWNLOAD),
    ("dotnet publish -c Release -o /app", "dotnet", Verb.BUILD),
]


@pytest.mark.parametrize(("text", "name", "verb"), CALLS, ids=[text for text, _, _ in CALLS])
def test_a_call_is_recognised(text: str, name: str, verb: Verb) -> None:
    found = call(text)
    assert (found.ecosystem.name, found.verb) == (name, verb)


def test_the_table_asks_every_ecosystem() -> None:
    told = {name for _, name, _ in CALLS} | {"apt", "pip", "npm"}  # those three have test_matching to themselves
    assert {ecosystem.name for ecosystem in REGISTRY} == told


EMPTIED = [
    ("rm -rf /var/cache/apk/*", "apk cache"),
    ("rm /var/cache/apk/*", "apk cache"),
    ("dnf -y clean all", "dnf cache"),
    ("yum clean all -y", "dnf cache"),
    ("microdnf clean all", "dnf cache"),
    ("rm -rf /var/cache/yum", "dnf cache"),
    ("rm -rf /var/cache/dnf/*", "dnf cache"),
    ("zypper clean -a", "zypper cache"),
    ("zypper --non-interactive cc --all", "zypper cache"),
    ("rm -rf /var/cache/pacman/pkg/*", "pacman packages"),
    ("yes | pacman -Scc", "pacman packages"),
    ("uv cache clean", "uv cache"),
    ("rm -rf /root/.cache/uv", "uv cache"),
    ("rm -rf ~/.cache/pypoetry", "poetry cache"),
    ("rm -rf ~/.cache", "pipenv cache"),
    ("conda clean -afy", "conda packages"),
    ("conda clean --all --yes", "conda packages"),
    ("conda clean -tipy", "conda packages"),
    ("rm -rf /opt/conda/pkgs", "conda packages"),
    ("yarn cache clean --all", "yarn cache"),
    ("rm -rf /usr/local/share/.cache/yarn", "yarn cache"),
    ("bun pm cache rm", "bun cache"),
    ("composer clear-cache", "composer cache"),
    ("composer clearcache -q", "composer cache"),
    ("rm -rf ~/.composer/cache", "composer cache"),
]


@pytest.mark.parametrize(("text", "cache"), EMPTIED, ids=[text for text, _ in EMPTIED])
def test_a_cleanup_is_seen(text: str, cache: str) -> None:
    assert cache in {found.name for _, found in emptied(words(text))}


@pytest.mark.parametrize(
    "text",
    [
        "dnf clean metadata",
        "zypper clean",
        "pacman -Scc --noconfirm",
        "pacman -Sc",
        "uv cache prune",
        "poetry cache clear pypi --all",
        "rm -rf ~/.cache/pypoetry/virtualenvs",
        "conda clean --help",
        "composer dump-autoload",
        "rm -rf /var/cache/apk/APKINDEX*",
    ],
)
def test_what_does_not_surely_clean_is_not_taken_for_a_cleanup(text: str) -> None:
    assert emptied(words(text)) == ()


REMEDIES = [
    ("apt lists", "rm -rf /var/lib/apt/lists/*", None, "/var/lib/apt"),
    ("apt archives", "apt-get clean", None, "/var/cache/apt"),
    ("apk cache", "rm -rf /var/cache/apk/*", "--no-cache", "/var/cache/apk"),
    ("dnf cache", "dnf clean all", None, "/var/cache"),
    ("zypper cache", "zypper clean --all", None, "/var/cache/zypp"),
    ("pacman packages", "rm -rf /var/cache/pacman/pkg/*", None, "/var/cache/pacman/pkg"),
    ("pip cache", "pip cache purge", "--no-cache-dir", "~/.cache/pip"),
    ("uv cache", "uv cache clean", "--no-cache", "~/.cache/uv"),
    (
        "poetry cache",
        "rm -rf ~/.cache/pypoetry/cache ~/.cache/pypoetry/artifacts",
        None,
        "~/.cache/pypoetry/artifacts",
    ),
    ("pipenv cache", "rm -rf ~/.cache/pipenv", None, "~/.cache/pipenv"),
    ("conda packages", "conda clean --all --yes", None, "/opt/conda/pkgs"),
    ("npm cache", "npm cache clean --force", None, "~/.npm"),
    ("yarn cache", "yarn cache clean", None, "~/.cache/yarn"),
    ("pnpm store", None, None, "~/.local/share/pnpm/store"),
    ("bun cache", "bun pm cache rm", None, "~/.bun/install/cache"),
    ("downloaded gems", None, None, "/usr/local/bundle/cache"),
    ("bundler cache", None, None, "~/.bundle/cache"),
    ("composer cache", "composer clear-cache", None, "~/.composer/cache"),
    ("go modules", None, None, "/go/pkg/mod"),
    ("go builds", None, None, "~/.cache/go-build"),
    ("cargo registry", None, None, "/usr/local/cargo/registry"),
    ("maven repository", None, None, "~/.m2"),
    ("gradle caches", None, None, "~/.gradle/caches"),
    ("nuget packages", None, None, "~/.nuget/packages"),
]
CACHES: dict[str, Cache] = {cache.name: cache for ecosystem in REGISTRY for cache in ecosystem.caches}


def test_the_table_asks_every_cache() -> None:
    assert [name for name, *_ in REMEDIES] == list(CACHES)


@pytest.mark.parametrize(("name", "purge", "flag", "mount"), REMEDIES, ids=[row[0] for row in REMEDIES])
def test_a_cache_is_avoided_purged_and_mounted_so(name: str, purge: str | None, flag: str | None, mount: str) -> None:
    cache = CACHES[name]
    program = (purge or "").split(" ")[0]
    assert (None if cache.purge is None else cache.purge.written(program)) == purge
    assert (None if cache.avoid is None else cache.avoid.flag) == flag
    assert cache.mount.target == mount


@pytest.mark.parametrize(
    ("text", "cache", "fills"),
    [
        ("apk add --no-cache curl", "apk cache", False),
        ("apk --no-cache add curl", "apk cache", False),
        ("apk add curl", "apk cache", True),
        ("uv pip install --no-cache-dir flask", "uv cache", False),
        ("uv sync -n", "uv cache", False),
        ("uv sync", "uv cache", True),
        ("composer --no-cache install", "composer cache", False),
        ("yarn install --offline", "yarn cache", False),
        ("dnf -C install x", "dnf cache", False),
        ("dnf remove x", "dnf cache", False),
        ("conda create --dry-run -n x", "conda packages", False),
        ("go build ./...", "go builds", True),
        ("mvn package", "maven repository", True),
    ],
)
def test_a_call_fills_its_cache_or_not(text: str, cache: str, fills: bool) -> None:
    assert call(text).fills(CACHES[cache]) is fills


@pytest.mark.parametrize(
    ("name", "manifest", "lock"),
    [
        ("pip", "requirements*.txt", "pylock.toml"),
        ("uv", "pyproject.toml", "uv.lock"),
        ("poetry", "pyproject.toml", "poetry.lock"),
        ("pipenv", "Pipfile", "Pipfile.lock"),
        ("conda", "environment.yml", "conda-lock.yml"),
        ("npm", "package.json", "package-lock.json"),
        ("yarn", "package.json", "yarn.lock"),
        ("pnpm", "package.json", "pnpm-lock.yaml"),
        ("bun", "package.json", "bun.lock"),
        ("bundler", "Gemfile", "Gemfile.lock"),
        ("composer", "composer.json", "composer.lock"),
        ("go", "go.mod", "go.sum"),
        ("cargo", "Cargo.toml", "Cargo.lock"),
        ("gradle", "build.gradle", "gradle.lockfile"),
        ("dotnet", "*.csproj", "packages.lock.json"),
    ],
)
def test_manifests_and_locks_are_known(name: str, manifest: str, lock: str) -> None:
    ecosystem = named(name)
    assert manifest in ecosystem.manifests
    assert lock in ecosystem.locks


def test_files_given_by_option_are_known() -> None:
    assert call("pip install -r a.txt -c b.txt --requirement=c.txt").files == ("a.txt", "b.txt", "c.txt")
    assert call("mamba env update --file env.yml").files == ("env.yml",)
    assert call("bundle install --gemfile x/Gemfile").files == ("x/Gemfile",)
