"""An application under uvicorn, in a process of its own, on a port of the system's choice."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx


class HttpServer:
    def __init__(self, app: str, folder: Path, *arguments: str) -> None:
        listening = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        self.log = folder / "uvicorn.log"
        with listening, open(self.log, "wb") as log:
            os.set_inheritable(listening.fileno(), True)
            self.process = subprocess.Popen(
                [sys.executable, "-X", "dev", "-m", "uvicorn", app, "--app-dir", str(folder)]
                + ["--fd", str(listening.fileno()), *arguments],
                pass_fds=[listening.fileno()],
                cwd=folder,
                stdout=log,
                stderr=log,
            )
        give_up = time.monotonic() + 60
        while "Application startup complete" not in self.log.read_text():
            if self.process.poll() is not None or time.monotonic() > give_up:
                raise OSError(self.log.read_text())
            time.sleep(0.02)

    def client(self, **options: Any) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=30, **options)

    def close(self) -> str:
        """Ends it, and gives what it has logged."""
        self.process.terminate()
        self.process.wait(60)
        return self.log.read_text()

    def __enter__(self) -> "HttpServer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
