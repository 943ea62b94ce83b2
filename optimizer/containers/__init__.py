"""buildah, podman and skopeo: the only code that starts a process. `engine.open_engine` is the way in."""
