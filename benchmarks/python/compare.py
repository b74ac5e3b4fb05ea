"""Compares the Python package with the original, redis-py and PyJWT, and prints how fast they are.

compare.py WHEEL_FOLDER: each library gets a virtual environment under build/ and all speak to one
Redis. Rounds of all libraries take turns and the best of each counts, since the machine may have
other things to do. Where a library's figure is missing, what it said is printed.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
BUILD = HERE.parents[1] / "build" / "python" / "bench"
#: The newest release of the original that Python 3.11 can import: those after it say
#: `class PayloadFactory[PayloadT]`, which is a SyntaxError before Python 3.12.
ORIGINAL = "webtool==0.0.15"
SERVING = ["fastapi==0.165.0", "uvicorn==0.54.0", "uvloop==0.23.0", "httptools"]
ROUNDS = 3
SECONDS = 4

Figures = dict[str, float | str]


def environment(name: str, *packages: str) -> Path:
    python = BUILD / name / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", BUILD / name], check=True)
    install = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    subprocess.run([*install, *packages], check=True)
    return python


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(1000):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            if process.poll() is not None:
                raise
            time.sleep(0.02)
    raise TimeoutError(f"nobody listens on port {port}")


@contextmanager
def started(port: int, *command: object, **options: object) -> Iterator[None]:
    process = subprocess.Popen([str(word) for word in command], **options)
    try:
        wait_for(port, process)
        yield
    finally:
        process.terminate()
        process.wait()


def better(best: Figures, figures: Figures) -> None:
    for name, figure in figures.items():
        before = best.get(name)
        if isinstance(before, float) and isinstance(figure, float):
            figure = max(before, figure)
        best[name] = before if isinstance(before, float) and isinstance(figure, str) else figure


def operations(python: Path, which: str, url: str) -> Figures:
    done = subprocess.run(
        [python, HERE / "operations.py", which, url], capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        return json.loads(done.stdout)
    return {"it": (done.stderr.strip().splitlines() or ["it failed"])[-1]}


def requests(python: Path, which: str, path: str, url: str, folder: str) -> float | str:
    """Requests a second of one uvicorn worker."""
    port, token = free_port(), Path(folder, "token")
    token.unlink(missing_ok=True)
    serving = os.environ | {
        "WEBTOOL_BENCH": which,
        "WEBTOOL_BENCH_REDIS": url,
        "WEBTOOL_BENCH_TOKEN": str(token),
    }
    command = [python, "-m", "uvicorn", "application:app", "--app-dir", HERE, "--port", port]
    wrk = ["wrk", "-t1", "-c32", f"http://127.0.0.1:{port}{path}"]
    try:
        with started(port, *command, "--log-level", "error", "--no-access-log", env=serving):
            if which != "none":
                wrk += ["-H", f"Authorization: Bearer {token.read_text()}"]
            subprocess.run([*wrk, "-d1s"], capture_output=True, check=True)
            done = subprocess.run(
                [*wrk, f"-d{SECONDS}s"], capture_output=True, text=True, check=True
            )
    except (OSError, subprocess.CalledProcessError) as error:
        return f"{type(error).__name__}: {error}"
    if failed := re.search(r"Non-2xx.*", done.stdout):
        return failed[0]
    return float(re.search(r"Requests/sec:\s*([\d.]+)", done.stdout)[1])


def show(value: float | str | None) -> str:
    return f"{value:.0f}" if isinstance(value, float) else "" if value is None else "failed"


def ratio(one: float | str | None, other: float | str | None, digits: int = 1) -> str:
    both = isinstance(one, float) and isinstance(other, float)
    return f"{one / other:.{digits}f}" if both else ""


def print_operations(ours: Figures, original: Figures, peers: Figures) -> None:
    print(
        f"{'operations a second':46}{'tasks':>5}{'webtool':>10}{'original':>10}{'ratio':>7}"
        f"{'goal':>5}{'redis-py, PyJWT':>17}{'ratio':>7}{'goal':>5}"
    )
    for line, figure in ours.items():
        name, tasks = line.rsplit("/", 1)
        plain = line.replace(", stateless", "")
        peer = peers.get(plain.replace(" embedded", ""))
        goal = "" if "get" in name else "10" if "validate" in name else "5"
        print(
            f"{name:46}{tasks:>5}{show(figure):>10}{show(original.get(plain)):>10}"
            f"{ratio(figure, original.get(plain)):>7}{goal:>5}"
            f"{show(peer):>17}{ratio(figure, peer):>7}{'3' if name == 'get' else '':>5}"
        )


def print_requests(figures: Figures) -> None:
    print(f"\n{'requests a second, one worker':46}{'':5}{'figure':>10}{'of none':>10}{'goal':>7}")
    for name, figure in figures.items():
        goal = "0.85" if "webtool" in name else ""
        print(f"{name:46}{'':5}{show(figure):>10}{ratio(figure, figures['none'], 2):>10}{goal:>7}")


def main(wheels: str) -> None:
    wheel = next(Path(wheels).glob("webtool-*.whl"))
    shutil.rmtree(BUILD / "ours", ignore_errors=True)
    ours = environment("ours", str(wheel), *SERVING)
    original = environment("original", ORIGINAL, *SERVING)
    peer = environment("peers", "redis[hiredis]", "pyjwt[crypto]")
    libraries: dict[str, tuple[Path, Figures]] = {
        "OURS": (ours, {}), "ORIGINAL": (original, {}), "PEERS": (peer, {}),
    }  # fmt: skip
    served: dict[str, tuple[Path, str, str]] = {
        "none": (ours, "none", "/"),
        "webtool, embedded: authentication": (ours, "embedded", "/free"),
        "webtool, embedded: authentication and limit": (ours, "embedded", "/"),
        "webtool, Redis: authentication": (ours, "redis", "/free"),
        "webtool, Redis: authentication and limit": (ours, "redis", "/"),
        "original, Redis: authentication": (original, "redis", "/free"),
        "original, Redis: authentication and limit": (original, "redis", "/"),
    }
    answered: Figures = {}
    port = free_port()
    url = f"redis://127.0.0.1:{port}/0"
    with tempfile.TemporaryDirectory() as folder:
        quiet = ["--save", "", "--appendonly", "no", "--dir", folder, "--logfile", "redis.log"]
        with started(port, "redis-server", "--port", port, "--bind", "127.0.0.1", *quiet):
            for _ in range(ROUNDS):
                for which, (python, best) in libraries.items():
                    better(best, operations(python, which, url))
                for name, (python, which, path) in served.items():
                    better(answered, {name: requests(python, which, path, url, folder)})

    print(f"original: {ORIGINAL}, the newest that imports on Python 3.11 (later need 3.12);")
    print("it looks up no session when it validates an access token, ours does but for stateless\n")
    print_operations(*(best for _, best in libraries.values()))
    print_requests(answered)
    for name, (_, best) in [*libraries.items(), ("HTTP", (None, answered))]:
        for line, figure in best.items():
            if isinstance(figure, str):
                print(f"{name} {line} failed: {figure}")


if __name__ == "__main__":
    main(sys.argv[1])
