"""Apache Maven."""

from __future__ import annotations

from optimizer.ecosystems.caches import Cache, CacheMount, Means, Purge, Sharing
from optimizer.ecosystems.model import Action, Dash, Ecosystem, Program
from optimizer.ecosystems.verbs import Verb, words

_VALUED = words(
    "-f --file -s --settings -gs --global-settings -t --toolchains -P --activate-profiles -pl --projects -rf "
    "--resume-from -T --threads -l --log-file -b --builder --color"
)

MAVEN = Ecosystem(
    name="maven",
    programs=(
        Program(
            words("mvn mvnw mvnd"),
            (
                Action(
                    tuple(
                        sorted(
                            words(
                                "dependency:go-offline dependency:resolve dependency:resolve-plugins "
                                "dependency:resolve-sources dependency:copy-dependencies dependency:get "
                                "de.qaware.maven:go-offline-maven-plugin:resolve-dependencies"
                            )
                        )
                    ),
                    Verb.DOWNLOAD,
                ),
                Action(("dependency:tree", "help:evaluate", "help:effective-pom"), Verb.QUERY),
                Action(
                    tuple(
                        sorted(
                            words(
                                "clean validate compile test package verify install deploy site test-compile "
                                "process-resources integration-test"
                            )
                        )
                    ),
                    Verb.BUILD,
                ),
            ),
            _VALUED,
            otherwise=Action((), Verb.BUILD),
            interpreters=words("sh bash"),
            dash=Dash.WORD,
        ),
    ),
    caches=(
        Cache(
            "maven repository",
            ("~/.m2/repository",),
            filled_by=frozenset({Verb.DOWNLOAD, Verb.BUILD}),
            mounts=(CacheMount("~/.m2/repository", Sharing.LOCKED),),
            purge=Purge("rm -rf ~/.m2/repository", Means.REMOVES, certain=False),
            reused_by=frozenset({Verb.DOWNLOAD, Verb.BUILD}),
            needed_with=words("-o --offline"),
            unfilled_with=words("-o --offline -v --version -h --help"),
            moved_in=("maven.repo.local",),
            moved_by=("MAVEN_CONFIG",),
        ),
    ),
    sources=('Maven documentation, "Maven CLI Options Reference"', 'Maven documentation, "Settings Reference"'),
    manifests=("pom.xml", "*/pom.xml"),
    settings=(".mvn", "settings.xml"),
    writes=("target", "*/target"),
    hooks=("build/plugins",),
    file_options=words("-f --file -s --settings"),
    environment=words("MAVEN_* JAVA_HOME"),
)
