"""Apache Maven."""

from __future__ import annotations

from optimizer.ecosystems.caches import Cache, CacheMount
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
                                "dependency:copy-dependencies "
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
            dash=Dash.WORD,
        ),
    ),
    caches=(
        Cache(
            "maven repository",
            ("~/.m2/repository",),
            filled_by=frozenset({Verb.DOWNLOAD, Verb.BUILD}),
            mount=CacheMount("~/.m2"),
            needed_with=words("-o --offline"),
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
