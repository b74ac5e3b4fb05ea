"""What the package consists of."""

import importlib
import importlib.metadata
import importlib.resources
import subprocess
import sys
from pathlib import Path

import pytest

MODULES = [
    "webtool",
    "webtool.auth",
    "webtool.cache",
    "webtool.db",
    "webtool.throttle",
    "webtool.utils",
]


@pytest.mark.parametrize("name", MODULES)
def test_exported_names_exist(name: str) -> None:
    module = importlib.import_module(name)
    assert sorted(module.__all__, key=str.lower) == sorted(set(module.__all__), key=str.lower)
    for exported in module.__all__:
        assert getattr(module, exported) is not None


def test_documented_import_paths() -> None:
    from webtool.auth import backend, get_auth
    from webtool.auth.backend import AnnoSessionBackend

    assert backend.AnnoSessionBackend is AnnoSessionBackend
    assert callable(get_auth)


def test_the_package_is_typed() -> None:
    files = importlib.resources.files("webtool")
    assert (files / "py.typed").is_file()
    assert (files / "_core.pyi").is_file()


def test_the_version_is_that_of_the_core() -> None:
    project = Path(__file__).parents[2] / "CMakeLists.txt"
    assert f"VERSION {importlib.metadata.version('webtool')} " in project.read_text()


def test_the_stub_is_that_of_the_module(tmp_path: Path) -> None:
    pytest.importorskip("nanobind", reason="the stub generator is not installed")
    source = Path(__file__).parents[1]
    made = tmp_path / "_core.pyi"
    subprocess.run(
        [sys.executable, "-m", "nanobind.stubgen", "-q", "-m", "webtool._core", "-o", str(made)]
        + ["-p", str(source / "bindings" / "stub.patterns")],
        check=True,
    )
    committed = (source / "webtool" / "_core.pyi").read_text()
    assert made.read_text() == committed, "run scripts/make-python-stub"
