"""Documents of buildah and podman, in the shape that 1.28 and 4.3 print, and what is read from them."""

from __future__ import annotations

import json

import pytest

from optimizer.containers import images
from optimizer.containers.model import Health, History, ImageId, Layer
from optimizer.errors import EngineError

DIFFS = ("sha256:aa", "sha256:bb")
CONFIG = {
    "created": "2026-11-23T22:53:34.906822849Z",
    "architecture": "amd64",
    "os": "linux",
    "config": {
        "Env": ["PATH=/bin"],
        "User": "app",
        "WorkingDir": "/srv",
        "Cmd": ["sh", "-c", "sleep 1"],
        "Entrypoint": None,
        "ExposedPorts": {"8080/tcp": {}, "53/udp": {}},
        "Volumes": {"/data": {}},
        "Labels": {"b": "2", "a": "1"},
        "StopSignal": "SIGQUIT",
        "Shell": ["/bin/bash", "-c"],
        "OnBuild": ["RUN make"],
        "Healthcheck": {"Test": ["CMD", "true"], "Interval": 5_000_000_000, "Retries": 2},
    },
    "rootfs": {"type": "layers", "diff_ids": list(DIFFS)},
    "history": [{"created_by": "base"}, {"created_by": "ENV x", "empty_layer": True}, {"created_by": "RUN y"}],
}
MANIFEST = {"layers": [{"digest": "sha256:aa", "size": 100}, {"digest": "sha256:bb", "size": 20}]}


def inspected(config: object = CONFIG, manifest: object = MANIFEST) -> images.Inspected:
    document = {"FromImageID": "1234", "Config": json.dumps(config), "Manifest": json.dumps(manifest)}
    return images.parse_inspected(json.dumps(document))


def test_the_configuration_is_read_whole() -> None:
    config = inspected().config
    assert (config.env, config.user, config.workdir) == (("PATH=/bin",), "app", "/srv")
    assert (config.entrypoint, config.cmd) == ((), ("sh", "-c", "sleep 1"))
    assert (config.ports, config.volumes) == (("53/udp", "8080/tcp"), ("/data",))
    assert config.labels == (("a", "1"), ("b", "2"))
    assert (config.stop_signal, config.shell, config.onbuild) == ("SIGQUIT", ("/bin/bash", "-c"), ("RUN make",))
    assert config.health == Health(("CMD", "true"), interval=5_000_000_000, retries=2)


def test_an_empty_configuration_has_empty_values() -> None:
    config = inspected({"rootfs": {"diff_ids": []}}).config
    assert (config.env, config.user, config.ports, config.health) == ((), "", (), None)


def test_layers_take_their_sizes_from_an_uncompressed_manifest() -> None:
    image = inspected().image({})
    assert image.layers == (Layer("sha256:aa", 100), Layer("sha256:bb", 20))
    assert (image.id, image.size) == (ImageId("1234"), 120)


def test_a_pulled_images_sizes_come_from_elsewhere() -> None:
    pulled = inspected(
        manifest={"layers": [{"digest": "sha256:packed", "size": 9}, {"digest": "sha256:too", "size": 8}]}
    )
    assert pulled.image({"sha256:aa": 70, "sha256:bb": 30}).size == 100
    with pytest.raises(EngineError, match="size of layer sha256:aa"):
        pulled.image({})


def test_a_pulled_image_tells_how_large_its_layers_came() -> None:
    def layer(digest: str, form: str, size: int) -> object:
        return {"digest": digest, "mediaType": f"application/vnd.oci.image.layer.v1.{form}", "size": size}

    one, other = layer("sha256:packed", "tar+gzip", 9), layer("sha256:bb", "tar", 20)
    assert inspected(manifest={"layers": [one, other]}).compressed == {"sha256:aa": 9}
    assert inspected(manifest={"layers": [one]}).compressed == {}


def test_a_layout_of_one_image_names_its_manifest() -> None:
    one = {"digest": "sha256:aa", "size": 9}
    assert images.parse_index(json.dumps({"schemaVersion": 2, "manifests": [one]})) == "sha256:aa"
    with pytest.raises(EngineError, match="did not write one image"):
        images.parse_index(json.dumps({"schemaVersion": 2, "manifests": [one, one]}))


def test_history_keeps_its_order_and_its_empty_entries() -> None:
    assert inspected().history == (History("base", False), History("ENV x", True), History("RUN y", False))


def test_sizes_from_podmans_history_skip_empty_layers() -> None:
    rows = json.dumps([{"size": 20}, {"size": 0}, {"size": 100}])
    assert images.parse_layer_sizes(rows, DIFFS, (False, True, False)) == {"sha256:aa": 100, "sha256:bb": 20}


def test_a_history_of_another_length_gives_no_sizes() -> None:
    assert images.parse_layer_sizes("[]", DIFFS, (False, True, False)) == {}


def test_overlay_directories_are_oldest_first() -> None:
    data = {"LowerDir": "/s/two/diff:/s/one/diff", "UpperDir": "/s/three/diff"}
    text = json.dumps([{"GraphDriver": {"Name": "overlay", "Data": data}}])
    assert images.parse_overlay_directories(text) == ("/s/one/diff", "/s/two/diff", "/s/three/diff")


def test_another_driver_has_no_overlay_directories() -> None:
    assert images.parse_overlay_directories('[{"GraphDriver": {"Name": "vfs", "Data": null}}]') == ()


def test_lists_are_read_with_and_without_names() -> None:
    text = json.dumps(
        [
            {"id": "sha256:11", "names": None, "created": 5},
            {"id": "sha256:22", "names": ["localhost/a:1"], "created": 6},
        ]
    )
    assert images.parse_listed_images(text) == (
        images.Listed("11", (), 5),
        images.Listed("22", ("localhost/a:1",), 6),
    )
    assert images.parse_listed_images("null") == images.parse_listed_images("") == ()


def test_a_containers_mark_is_found_among_its_secrets() -> None:
    record = json.dumps({"CommonBuildOpts": {"Secrets": ["id=npm,src=/n", "id=optimizer.run.a-1-2-3-4,src=/dev/null"]}})
    assert images.marker_in(record, "id=optimizer.run.") == "a-1-2-3-4"
    assert images.marker_in('{"CommonBuildOpts": {"Secrets": null}}', "id=optimizer.run.") is None


def test_what_is_no_json_is_an_engine_error() -> None:
    with pytest.raises(EngineError, match="cannot read"):
        images.parse_inspected("Error: no")
