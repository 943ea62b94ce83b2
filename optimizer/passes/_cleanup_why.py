"""Why a cache that a RUN fills stays as it is."""

from __future__ import annotations

from enum import unique

from optimizer.proposal import Refusal


@unique
class Why(Refusal):
    """Why a cache that a RUN fills stays as it is."""

    CACHE_MOUNT = "the cache lies on a mount, so it never enters a layer"
    BUILDER_STAGE = "the stage does not ship, and its caches serve the next build"
    LATER_INSTALL = "a later step installs from what a cleanup would remove"
    EARLIER_LAYER = "an earlier layer holds it already, so emptying it here would save next to nothing"
    LATER_UNKNOWN = "nothing in this RUN uses what it refreshes; a later step, or an image built on this one, may"
    LATER_USE = "a later step names or copies the cache"
    VOLUME = "the cache lies in a volume, whose contents do not enter a layer after its declaration"
    MOVED = "an option, a variable or another user moves the cache elsewhere"
    ONBUILD = "it runs when another image is built on this one, whose later steps are not known"
    FORM = "a RUN in JSON form has no shell to add a command to"
    HEREDOC = "the commands stand in a here-document"
    OPAQUE = "the shell in it cannot be read with certainty"
    QUOTED = "the command stands in a quoted string whose positions are not certain"
    COMMENT = "a comment in the command line swallows the lines after it"
    BACKGROUND = "the last command runs in the background"
    EXIT = "the shell ends before a cleanup at the end could run"
    ERREXIT = "the script relies on errexit, which has no effect to the left of &&"
    NESTED = "another shell runs the tool, which may not be found outside of it"
    CONDITIONAL = "the tool runs only under a condition, so calling it again could fail"
    FRONTEND = "the syntax line asks for a frontend that has no cache mounts"
    HIDDEN = "a mount would hide what an earlier step puts into the cache"
    CLEANUP_STAYS = "a cleanup that cannot be taken out would empty the mount, or fail on it"
