"""cpanm (App::cpanminus): Perl distributions."""

from __future__ import annotations

from optimizer.ecosystems.caches import Cache, CacheMount, Means, Purge
from optimizer.ecosystems.model import Action, Ecosystem, Operands, Program
from optimizer.ecosystems.verbs import Verb, words

CPANM = Ecosystem(
    name="cpanm",
    programs=(
        Program(
            frozenset({"cpanm"}),
            (),
            words(
                "-M --from --mirror --mirror-index -l --local-lib -L --local-lib-contained --self-contained-lib "
                "--format --save-dists --cpanfile --cpanmetadb --configure-timeout --build-timeout --test-timeout "
                "--with-feature --without-feature"
            ),
            bare=Action((), Verb.INSTALL, operands=Operands.PACKAGES),
        ),
    ),
    caches=(
        # A directory for each call, with all that it fetched, unpacked and built, which no other call reads
        # (miyagawa/cpanminus#62), and a log. The official images of Perl remove it too (Perl/docker-perl).
        Cache(
            "cpanm work directory",
            ("~/.cpanm",),
            filled_by=frozenset({Verb.INSTALL}),
            mounts=(CacheMount("~/.cpanm"),),
            purge=Purge("rm -rf ~/.cpanm", Means.REMOVES),
            unfilled_with=words("-h --help -V --version --info --scandeps --look --uninstall -U"),
            moved_by=("PERL_CPANM_HOME",),
        ),
    ),
    sources=("cpanm(1)", "App::cpanminus", "miyagawa/cpanminus#62", "Perl/docker-perl"),
    manifests=("cpanfile",),
    settings=("Makefile.PL", "Build.PL", "META.json", "META.yml"),
    file_options=words("--cpanfile"),
    environment=words("PERL_CPANM_OPT PERL_CPANM_HOME PERL5LIB PERL_MM_OPT PERL_MB_OPT PERL_LOCAL_LIB_ROOT"),
    interpreters=frozenset({"perl"}),
)
