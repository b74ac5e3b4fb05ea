"""What the package consists of."""

import importlib
import importlib.metadata
import importlib.resources
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

MODULES = [
    "webtool",
    "webtool.auth",
    "webtool.auth.backend",
    "webtool.auth.manager",
    "webtool.auth.service",
    "webtool.cache",
    "webtool.cache.client",
    "webtool.cache.lock",
    "webtool.db",
    "webtool.db.client",
    "webtool.throttle",
    "webtool.throttle.limiter",
    "webtool.utils",
    "webtool.utils.json",
    "webtool.utils.key",
]

# Where the reference pages of the original have these names.
PATHS = {
    "webtool.auth.backend": "AnnoSessionBackend BaseBackend IPBackend JWTBackend SessionBackend",
    "webtool.auth.dependencies": "get_auth",
    "webtool.auth.manager": "BaseJWTManager JWTManager",
    "webtool.auth.models": "AuthData Payload PayloadT",
    "webtool.auth.service": "BaseJWTService JWTService RedisJWTService",
    "webtool.cache.client": "BaseCache InMemoryCache RedisCache RedisConfig",
    "webtool.cache.lock": "AsyncInMemoryLock AsyncRedisLock BaseLock",
    "webtool.db.client": "AsyncDB SyncDB",
    "webtool.throttle.decorator": "LimitRule limiter",
    "webtool.throttle.limiter": "BaseLimiter RedisLimiter",
    "webtool.throttle.middleware": "LimitMiddleware",
    "webtool.utils.json": "ORJSONDecoder ORJSONEncoder PyORJSONDecoder PyORJSONEncoder",
    "webtool.utils.key": "load_key make_ec_key make_ed_key make_rsa_key make_symmetric_key",
}


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


@pytest.mark.parametrize("path", PATHS)
def test_the_paths_of_the_original(path: str) -> None:
    module = importlib.import_module(path)
    package = importlib.import_module(path.rpartition(".")[0])
    for name in PATHS[path].split():
        found = getattr(module, name)
        assert getattr(package, name, found) is found


@pytest.mark.parametrize(
    "imports",
    [
        "import webtool.throttle.limiter",
        "from webtool.throttle.limiter import RedisLimiter",
        "import webtool.throttle.limiter; from webtool.throttle.limiter import BaseLimiter",
        "import importlib; importlib.import_module('webtool.throttle.limiter')",
        "from webtool.throttle import RedisLimiter, limiter; import webtool.throttle.limiter",
        "import webtool.throttle.decorator, webtool.throttle.limiter, webtool.throttle.middleware",
    ],
)
def test_the_decorator_is_not_its_module(imports: str) -> None:
    use = "from webtool.throttle import limiter; import webtool.throttle as t; limiter(1, 1)"
    program = f"{imports}; {use}; assert t.limiter is limiter"
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)


def test_json_of_the_original() -> None:
    from webtool.utils.json import ORJSONDecoder, ORJSONEncoder, PyORJSONDecoder, PyORJSONEncoder

    value = {"a": [1, 2.5, None, "é"]}
    assert ORJSONDecoder.decode(ORJSONEncoder.encode(value)) == value
    text = json.dumps(value, cls=PyORJSONEncoder)
    assert isinstance(text, str)
    assert json.loads(text, cls=PyORJSONDecoder) == value


def test_the_package_is_typed() -> None:
    files = importlib.resources.files("webtool")
    assert (files / "py.typed").is_file()
    assert (files / "_core.pyi").is_file()


def test_the_version_is_that_of_the_core() -> None:
    project = Path(__file__).parents[2] / "CMakeLists.txt"
    assert f"VERSION {importlib.metadata.version('webtool-auth')} " in project.read_text()


def test_the_distribution_has_a_name_of_its_own() -> None:
    # `webtool` is another project's on PyPI: an upgrade of that name would put it over this one.
    assert set(importlib.metadata.packages_distributions()["webtool"]) == {"webtool-auth"}
    with pytest.raises(importlib.metadata.PackageNotFoundError):
        importlib.metadata.version("webtool")


def test_the_extension_exports_one_name() -> None:
    from webtool import _core

    nm = shutil.which("nm")
    if nm is None:
        pytest.skip("binutils is not installed")
    shown = subprocess.run(
        [nm, "-D", "--defined-only", "--format=posix", str(_core.__file__)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert [line.split()[0] for line in shown.stdout.splitlines()] == ["PyInit__core"]


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
