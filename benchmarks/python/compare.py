"""Compares the Python package with the original, redis-py and PyJWT, and prints how fast they are.

compare.py WHEEL_FOLDER: each library gets a virtual environment under build/ and all speak to one
Redis. The machine may have other things to do, so all take turns: of operations the best round of
each counts, of HTTP the median of the rounds' ratios. Where a library's figure is missing, what it
said is printed.
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
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

HERE = Path(__file__).parent
BUILD = HERE.parents[1] / "build" / "python" / "bench"
#: The newest release of the original that Python 3.11 can import: those after it say
#: `class PayloadFactory[PayloadT]`, which is a SyntaxError before Python 3.12.
ORIGINAL = "webtool==0.0.15"
SERVING = ["fastapi==0.165.0", "uvicorn==0.54.0", "uvloop==0.23.0", "httptools"]
ROUNDS = 3
HTTP_ROUNDS = 9
HTTP_SECONDS = 2

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
            with socket.create_connection(("127.0.0.1", port)) as connection:
                # Whoever connects to a free port for long enough meets itself.
                if connection.getsockname() != connection.getpeername():
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


@contextmanager
def application(python: Path, which: str, url: str, folder: str) -> Iterator[tuple[int, str]]:
    """One uvicorn worker with the application: its port, and a token it takes."""
    port, token = free_port(), Path(folder, f"token of {python.parts[-3]} {which}")
    serving = os.environ | {
        "WEBTOOL_BENCH": which,
        "WEBTOOL_BENCH_REDIS": url,
        "WEBTOOL_BENCH_TOKEN": str(token),
    }
    command = [python, "-m", "uvicorn", "application:app", "--app-dir", HERE, "--port", port]
    with started(port, *command, "--log-level", "error", "--no-access-log", env=serving):
        yield port, token.read_text() if which != "none" else ""


def requests(port: int, token: str, path: str) -> float | str:
    """Requests a second."""
    header = f"Authorization: Bearer {token}"
    wrk = ["wrk", "-t1", "-c32", "-H", header, f"http://127.0.0.1:{port}{path}"]
    try:
        done = subprocess.run(
            [*wrk, f"-d{HTTP_SECONDS}s"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        return f"{type(error).__name__}: {error}"
    if failed := re.search(r"Non-2xx.*", done.stdout):
        return failed[0]
    return float(re.search(r"Requests/sec:\s*([\d.]+)", done.stdout)[1])


def all_requests(ours: Path, original: Path, url: str, folder: str) -> dict[str, list[float | str]]:
    """Requests a second in each round, of each application and path."""
    with ExitStack() as stack:
        none, embedded, redis, originals = (
            stack.enter_context(application(python, which, url, folder))
            for python, which in (
                (ours, "none"),
                (ours, "embedded"),
                (ours, "redis"),
                (original, "redis"),
            )
        )
        served = {"none": (none[0], embedded[1], "/")}
        for name, place in (
            ("webtool, embedded", embedded),
            ("webtool, Redis", redis),
            ("original, Redis", originals),
        ):
            served[f"{name}: authentication"] = (*place, "/free")
            served[f"{name}: authentication and limit"] = (*place, "/")
        for place in served.values():  # to warm it
            requests(*place)
        rounds = [
            {name: requests(*place) for name, place in served.items()} for _ in range(HTTP_ROUNDS)
        ]
    return {name: [one[name] for one in rounds] for name in served}


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


def print_requests(rounds: dict[str, list[float | str]]) -> None:
    print(f"\n{'requests a second, one worker':46}{'':5}{'median':>10}{'of none':>10}{'goal':>7}")
    for name, figures in rounds.items():
        if failed := [figure for figure in figures if isinstance(figure, str)]:
            print(f"{name:46} failed: {failed[0]}")
            continue
        of_none = median(map(float.__truediv__, figures, rounds["none"]))
        goal = "0.85" if "webtool" in name else ""
        print(f"{name:46}{'':5}{median(figures):>10.0f}{of_none:>10.2f}{goal:>7}")


def print_floors(ours: Figures, floors: Figures) -> None:
    print("\nfloors, a second, and what comes of them")
    for name, floor, line in (
        ("GET of redis-benchmark, one at a time", "GET", "get/1"),
        ("two bare Ed25519 signatures", "Ed25519 twice/1", "EdDSA embedded create_token/1"),
    ):
        figure = floors.get(floor)
        print(f"{name:46}{show(figure):>15}   {line}: {ratio(ours.get(line), figure, 2)}")


def redis_benchmark(port: int) -> float:
    """GETs a second, of one client that waits for each."""
    command = f"redis-benchmark -p {port} -c 1 -n 20000 -t get -d 100 --csv"
    done = subprocess.run(command.split(), capture_output=True, text=True, check=True)
    return float(re.search(r'"GET","([\d.]+)"', done.stdout)[1])


def main(wheels: str) -> None:
    wheel = next(Path(wheels).glob("webtool_auth-*.whl"))
    shutil.rmtree(BUILD / "ours", ignore_errors=True)
    ours = environment("ours", str(wheel), *SERVING)
    original = environment("original", ORIGINAL, *SERVING)
    peer = environment("peers", "redis[hiredis]", "pyjwt[crypto]")
    libraries: dict[str, tuple[Path, Figures]] = {
        "OURS": (ours, {}), "ORIGINAL": (original, {}), "PEERS": (peer, {}),
    }  # fmt: skip
    floors: Figures = {}
    port = free_port()
    url = f"redis://127.0.0.1:{port}/0"
    with tempfile.TemporaryDirectory() as folder:
        quiet = ["--save", "", "--appendonly", "no", "--dir", folder, "--logfile", "redis.log"]
        with started(port, "redis-server", "--port", port, "--bind", "127.0.0.1", *quiet):
            for _ in range(ROUNDS):
                for which, (python, best) in libraries.items():
                    better(best, operations(python, which, url))
                better(floors, {"GET": redis_benchmark(port)})
            rounds = all_requests(ours, original, url, folder)

    print(f"original: {ORIGINAL}, the newest that imports on Python 3.11 (later need 3.12);")
    print("it looks up no session when it validates an access token, ours does but for stateless;")
    print("EdDSA: ours verifies a token's signature once and remembers it, the others each time\n")
    figures, _, peers = (best for _, best in libraries.values())
    floors |= {line: peers.pop(line) for line in list(peers) if line.startswith("Ed25519 twice")}
    print_operations(*(best for _, best in libraries.values()))
    print_floors(figures, floors)
    print_requests(rounds)
    for name, (_, best) in libraries.items():
        for line, figure in best.items():
            if isinstance(figure, str):
                print(f"{name} {line} failed: {figure}")


if __name__ == "__main__":
    main(sys.argv[1])
