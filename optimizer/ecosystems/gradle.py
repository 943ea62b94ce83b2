"""Gradle."""

from __future__ import annotations

from optimizer.ecosystems.caches import Cache, CacheMount, Means, Purge, Sharing
from optimizer.ecosystems.model import Action, Dash, Ecosystem, Program
from optimizer.ecosystems.verbs import Verb, words

_VALUED = words(
    "-b --build-file -c --settings-file -g --gradle-user-home -I --init-script -p --project-dir --project-cache-dir "
    "--include-build --max-workers --priority --console --warning-mode -x --exclude-task -F --dependency-verification"
)

GRADLE = Ecosystem(
    name="gradle",
    programs=(
        Program(
            words("gradle gradlew"),
            (
                Action(("dependencies", "resolveDependencies", "downloadDependencies"), Verb.DOWNLOAD),
                Action(("tasks", "projects", "properties", "help"), Verb.QUERY),
                Action(("wrapper", "init"), Verb.OTHER),
                Action(
                    ("build", "assemble", "jar", "bootJar", "shadowJar", "installDist", "check", "test", "clean"),
                    Verb.BUILD,
                ),
            ),
            _VALUED,
            bare=Action((), Verb.BUILD),
            otherwise=Action((), Verb.BUILD),
            interpreters=words("sh bash"),
            dash=Dash.WORD,
        ),
    ),
    caches=(
        Cache(
            "gradle caches",
            ("~/.gradle/caches", "/home/gradle/.gradle/caches"),
            filled_by=frozenset({Verb.DOWNLOAD, Verb.BUILD}),
            mounts=(CacheMount("~/.gradle/caches", Sharing.LOCKED),),
            purge=Purge("rm -rf ~/.gradle/caches", Means.REMOVES, certain=False),
            reused_by=frozenset({Verb.DOWNLOAD, Verb.BUILD}),
            needed_with=words("--offline"),
            unfilled_with=words("--offline -v --version -h --help"),
            moved_by=("GRADLE_USER_HOME",),
            moved_with=words("-g --gradle-user-home"),
            only_one=True,
        ),
    ),
    sources=('Gradle User Manual, "Command-Line Interface"', 'Gradle User Manual, "Gradle Directories"'),
    manifests=(
        "build.gradle",
        "build.gradle.kts",
        "settings.gradle",
        "settings.gradle.kts",
        "gradle/libs.versions.toml",
    ),
    locks=("gradle.lockfile", "gradle/verification-metadata.xml"),
    settings=("gradle.properties", "gradlew", "gradle/wrapper", "buildSrc"),
    writes=("build", ".gradle", "*/build"),
    hooks=("build.gradle", "build.gradle.kts", "buildSrc"),
    file_options=words("-b --build-file -c --settings-file -I --init-script -p --project-dir"),
    environment=words("GRADLE_* JAVA_HOME"),
)
