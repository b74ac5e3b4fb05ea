"""scripts/make-reference must fail if an option, an argument or an error is missing in the pages.

usage: missing_option.py SOURCE"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(sys.argv[1])
#: A line that is added behind another.
ADDED = [
    ("include/webtool/http/options.hpp", "  unsigned threads = 1;", "  unsigned more = 1;"),
    ("include/webtool/http/options.hpp", "  unsigned threads = 1;", "  /// Text.\n  int more{};"),
    ("include/webtool/http/form.hpp", "namespace webtool::http {", "struct NewOptions {\n};"),
    ("include/webtool/jose/error.hpp", "  bad_signature,", "  bad_luck,  ///< no luck"),
    ("python/webtool/throttle/decorator.py", "    cost: int = 1,", "    more: int = 1,"),
    ("python/webtool/throttle/middleware.py", "        *,\n", "        more: int = 1,"),
    ("python/webtool/_core.pyi", "import datetime", "def make_more(more: int) -> bytes: ..."),
    ("python/webtool/cache/config.py", "    username: str", "    more: str | None = None"),
]


def check(folder):
    command = [folder / "scripts" / "make-reference", "--check"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


with tempfile.TemporaryDirectory() as name:
    copy = pathlib.Path(name)
    for part in ("include", "python/webtool", "docs/reference", "scripts"):
        shutil.copytree(SOURCE / part, copy / part)
    before = check(copy)
    assert before.returncode == 0, before.stderr
    for file, behind, added in ADDED:
        text = (copy / file).read_text()
        place = text.find(behind)
        assert place >= 0, f"{file} has no line {behind!r}: adapt this test"
        end = text.index("\n", place) + 1
        (copy / file).write_text(f"{text[:end]}{added}\n{text[end:]}")
        outcome = check(copy)
        assert outcome.returncode != 0, f"{file}: {added!r} was not noticed"
        assert "Traceback" not in outcome.stderr, outcome.stderr
        (copy / file).write_text(text)
