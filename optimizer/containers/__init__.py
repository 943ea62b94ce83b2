"""buildah, podman and skopeo: the only code that starts a process."""
