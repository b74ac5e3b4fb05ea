"""What must hold before the extension is loaded.

The extension keeps Python objects in static variables, under the GIL of the main interpreter. An
ImportError that says what to do is better than a crash.
"""

import importlib
import importlib.metadata
import sys
from pathlib import Path


def check() -> None:
    """Raises ImportError if this process cannot use webtool."""
    # A free-threaded build can run with the GIL, so the state counts, not the build.
    if not getattr(sys, "_is_gil_enabled", lambda: True)():
        raise ImportError(
            "webtool needs the GIL, and this Python runs without it: use the ordinary build of "
            "Python, or start this one with PYTHON_GIL=1 or -X gil=1"
        )
    if _is_subinterpreter():
        raise ImportError(
            "webtool works in the main interpreter only, and this is a subinterpreter: import it "
            "in the main interpreter, and start more processes if you need more interpreters"
        )
    folder = Path(__file__).parent
    for other in importlib.metadata.distributions(name="webtool"):
        if Path(str(other.locate_file("webtool"))).resolve() == folder.resolve():
            raise ImportError(
                f"the distributions webtool {other.version} (another project) and webtool-auth "
                f"have both put files into {folder}: run `pip uninstall webtool webtool-auth`, "
                "then install webtool-auth again"
            )


def _is_subinterpreter() -> bool:
    # Python has no public function for this before 3.14.
    name = "_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters"
    try:
        interpreters = importlib.import_module(name)
    except ImportError:  # a Python without the module has no subinterpreters for Python code
        return False
    return bool(interpreters.get_current() != interpreters.get_main())
