"""conda, mamba and micromamba."""

from __future__ import annotations

from optimizer.ecosystems.caches import Cache, CacheMount, Means, Purge, Sharing
from optimizer.ecosystems.model import Action, Ecosystem, Operands, Program
from optimizer.ecosystems.verbs import ADDING, Verb, words

_VALUED = words(
    "-n --name -p --prefix -f --file -c --channel --solver --repodata-fn --subdir --platform --root-prefix -r "
    "--rc-file --revision --download-threads --category"
)
_IN_OPT = words("miniconda3 anaconda3 miniforge3 mambaforge")
"""Names of images with an installation in /opt/conda (continuumio, condaforge)."""

CONDA = Ecosystem(
    name="conda",
    programs=(
        Program(
            words("conda mamba micromamba"),
            (
                Action(("install", "create", "env create"), Verb.INSTALL, operands=Operands.PACKAGES),
                Action(("update", "upgrade", "env update"), Verb.UPGRADE, operands=Operands.PACKAGES),
                Action(("remove", "uninstall", "env remove"), Verb.REMOVE, operands=Operands.PACKAGES),
                Action(
                    ("clean",),
                    Verb.CLEAN,
                    cleans=frozenset({"conda packages"}),
                    only_with=words("-a --all -p --packages -t --tarballs"),
                ),
                Action(("run", "build"), Verb.BUILD),
                Action(("list", "search", "info", "env list", "env export"), Verb.QUERY),
                Action(("config", "init", "activate", "deactivate", "shell", "env"), Verb.OTHER),
            ),
            _VALUED,
        ),
    ),
    caches=(
        Cache(
            "conda packages",
            (
                "/opt/conda/pkgs",
                "/opt/miniconda/pkgs",
                "/opt/miniconda3/pkgs",
                "/opt/mamba/pkgs",
                "~/miniconda3/pkgs",
                "~/miniconda/pkgs",
                "~/anaconda3/pkgs",
                "~/miniforge3/pkgs",
                "~/micromamba/pkgs",
                "~/.conda/pkgs",
                "~/.mamba/pkgs",
            ),
            filled_by=ADDING,
            mounts=(CacheMount("/opt/conda/pkgs", Sharing.LOCKED, images=_IN_OPT),),
            # Environments that link softly to packages break without them.
            purge=Purge("{program} clean --all --yes", Means.TOOL, touched=("~/.conda",), certain=False),
            needed_with=words("--offline -C --use-index-cache"),
            unfilled_with=words("--dry-run -d --help -h"),
            moved_by=("CONDA_PKGS_DIRS",),
            only_one=True,
        ),
    ),
    sources=('conda documentation, "conda clean"', 'conda documentation, "conda install"', "micromamba documentation"),
    manifests=("environment.yml", "environment.yaml", "env.yml", "conda-lock.yml"),
    locks=("conda-lock.yml", "*.lock"),
    settings=(".condarc",),
    file_options=words("-f --file"),
    environment=words("CONDA_* MAMBA_*"),
)
