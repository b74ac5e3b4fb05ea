"""Where webtool cannot work, the import says so."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import webtool
from webtool import conditions


def test_a_python_without_the_gil(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "_is_gil_enabled", lambda: False, raising=False)
    with pytest.raises(ImportError, match="PYTHON_GIL=1"):
        conditions.check()


IN_SUBINTERPRETERS = """
import sys
import webtool.auth
if sys.version_info >= (3, 13):
    import _interpreters as interpreters
    made = [interpreters.create("isolated"), interpreters.create("legacy")]
else:
    import _xxsubinterpreters as interpreters
    made = [interpreters.create(isolated=True), interpreters.create(isolated=False)]
inner = '''
try:
    import webtool.auth
except ImportError as error:
    print(error, flush=True)
'''
for interpreter in made:
    interpreters.run_string(interpreter, inner)
print(type(webtool.auth.AuthData("1")).__name__)
"""


def test_a_subinterpreter() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IN_SUBINTERPRETERS], capture_output=True, text=True, check=True
    )
    *refusals, last = done.stdout.splitlines()
    assert len(refusals) == 2, done.stderr
    assert all("main interpreter only" in refusal for refusal in refusals)
    assert last == "AuthData", "the main interpreter continues to work"


def imported_from(folder: Path) -> subprocess.CompletedProcess[str]:
    program = f"import sys; sys.path.insert(0, {str(folder)!r}); import webtool"
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )


@pytest.fixture
def other_distribution(tmp_path: Path) -> Path:
    """A folder with the metadata that `pip install webtool` writes."""
    metadata = tmp_path / "webtool-0.1.14.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: webtool\nVersion: 0.1.14\n")
    return tmp_path


def test_the_distribution_of_the_other_name_in_the_same_folder(other_distribution: Path) -> None:
    package = Path(webtool.__file__).parent
    shutil.copytree(package, other_distribution / "webtool", ignore=lambda *_: ["_core.pyi"])
    done = imported_from(other_distribution)
    assert done.returncode != 0
    assert "ImportError: the distributions webtool 0.1.14 (another project) and" in done.stderr
    assert "pip uninstall webtool webtool-auth" in done.stderr


def test_the_distribution_of_the_other_name_elsewhere(other_distribution: Path) -> None:
    # Such as one of the system below a virtual environment, which shares no file.
    assert imported_from(other_distribution).returncode == 0
