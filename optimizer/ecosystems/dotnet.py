"""The .NET command line and NuGet."""

from __future__ import annotations

from optimizer.ecosystems.caches import Cache, CacheMount, Means, Purge
from optimizer.ecosystems.model import Action, Ecosystem, Operands, Program
from optimizer.ecosystems.verbs import Verb, words

_VALUED = words(
    "-c --configuration -f --framework -r --runtime -o --output -v --verbosity --source -s --configfile --packages "
    "--lock-file-path -a --arch --os --version-suffix --artifacts-path --tool-path --version --add-source"
)

DOTNET = Ecosystem(
    name="dotnet",
    programs=(
        Program(
            frozenset({"dotnet"}),
            (
                Action(("restore", "tool restore", "workload restore"), Verb.DOWNLOAD, operands=Operands.PATHS),
                Action(
                    ("tool install", "workload install", "add package", "package add"),
                    Verb.INSTALL,
                    operands=Operands.PACKAGES,
                ),
                Action(("tool update", "workload update"), Verb.UPGRADE, operands=Operands.PACKAGES),
                Action(("remove package", "tool uninstall"), Verb.REMOVE, operands=Operands.PACKAGES),
                Action(
                    ("nuget locals all", "nuget locals global-packages"),
                    Verb.CLEAN,
                    cleans=frozenset({"nuget packages"}),
                    only_with=words("-c --clear"),
                ),
                Action(
                    ("build", "publish", "run", "test", "pack", "msbuild", "watch", "tool run"),
                    Verb.BUILD,
                    operands=Operands.PATHS,
                ),
                Action(("list", "list package", "sln list"), Verb.QUERY),
                Action(("new", "nuget", "nuget add", "nuget locals", "dev-certs", "clean", "sln"), Verb.OTHER),
            ),
            _VALUED,
        ),
        Program(frozenset({"nuget"}), (Action(("restore",), Verb.DOWNLOAD, operands=Operands.PATHS),)),
    ),
    caches=(
        Cache(
            "nuget packages",
            ("~/.nuget/packages",),
            filled_by=frozenset({Verb.DOWNLOAD, Verb.BUILD}),
            mounts=(CacheMount("~/.nuget/packages"),),
            # What was built but not published runs from it (NuGet documentation, "global packages folder").
            purge=Purge(
                "{program} nuget locals all --clear",
                Means.TOOL,
                touched=("~/.local/share/NuGet", "/tmp/NuGetScratch*", "/tmp/.dotnet"),
                certain=False,
            ),
            reused_by=frozenset({Verb.DOWNLOAD, Verb.BUILD}),
            unfilled_with=words("--no-restore --help -h"),
            moved_by=("NUGET_PACKAGES",),
            moved_with=words("--packages"),
        ),
    ),
    tools=("~/.nuget", "~/.dotnet", "~/.templateengine", "~/.local/share/NuGet"),
    sources=('.NET documentation, "dotnet restore"', "NuGet documentation, global packages and cache folders"),
    manifests=("*.csproj", "*.fsproj", "*.vbproj", "*.sln", "*.slnx", "Directory.Packages.props", "packages.config"),
    locks=("packages.lock.json",),
    settings=(
        *("NuGet.config", "nuget.config", "NuGet.Config", "global.json", "Directory.Build.props"),
        *("Directory.Build.targets", ".config/dotnet-tools.json"),
    ),
    writes=("obj", "bin", "*/obj", "*/bin"),
    hooks=("Directory.Build.targets",),
    file_options=words("--configfile"),
    environment=words("NUGET_* DOTNET_*"),
)
