"""A PostgreSQL of the tests' own: data in a directory of its own, a free port, a Unix socket,
which ends with the process that started it.

PostgreSQL refuses to be root's: a root's server runs as the user `postgres`.
"""

import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from redis_server import free_port


def program(name: str) -> str:
    """Where it is: the newest in Debian's place, else in PATH."""
    versions = Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
    newest = sorted(versions, key=lambda path: float(path.parts[4]))
    return str(newest[-1]) if newest else name


class PostgresServer:
    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="webtool-postgres-"))
        self.rights: dict[str, Any] = {}
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self.rights = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        self.numbers = count(1)
        data = str(self.folder / "data")
        subprocess.run(
            [program("initdb"), "-D", data, "-U", "super", "--auth-local=trust", "--no-sync"]
            + ["--auth-host=scram-sha-256", "--encoding=UTF8", "--locale=C"],
            cwd=self.folder, stdout=subprocess.DEVNULL, check=True, **self.rights,
        )  # fmt: skip
        # Somebody else may take the port between our look and the server's.
        while not self.start(data):
            pass
        self.command("CREATE ROLE tester LOGIN PASSWORD 's3cr3t'")

    def start(self, data: str) -> bool:
        self.port = free_port()
        log = self.folder / "log"
        with open(log, "wb") as out:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "QUIT", program("postgres"), "-D", data]
                + ["-p", str(self.port), "-h", "127.0.0.1", "-k", str(self.folder)]
                + ["-c", "fsync=off", "-c", "max_connections=100"],
                cwd=self.folder, stdout=out, stderr=out, start_new_session=True, **self.rights,
            )  # fmt: skip
        give_up = time.monotonic() + 60
        while True:
            if self.process.poll() is not None:
                if "Address already in use" in log.read_text():
                    return False
                raise OSError(log.read_text())
            try:
                self.command("SELECT 1")
                return True
            except psycopg.OperationalError:
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.01)

    def command(self, sql: str) -> list[Any]:
        """One command as superuser, on a connection of its own; the first column of its rows."""
        where = f"dbname=postgres user=super host={self.folder} port={self.port}"
        with psycopg.connect(where, autocommit=True) as connection:
            cursor = connection.execute(sql.encode())
            return [row[0] for row in cursor] if cursor.description else []

    def make_database(self) -> str:
        name = f"test{next(self.numbers)}"
        self.command(f"CREATE DATABASE {name} OWNER tester")
        return f"postgresql://tester:s3cr3t@127.0.0.1:{self.port}/{name}"

    def end_connections(self, url: str) -> None:
        """Ends those to a database, as an administrator would; when this returns, they have."""
        of_it = f"FROM pg_stat_activity WHERE datname = '{re.split('/', url)[-1]}'"
        self.command(f"SELECT pg_terminate_backend(pid) {of_it}")
        give_up = time.monotonic() + 30
        while self.command(f"SELECT pid {of_it}"):
            assert time.monotonic() < give_up, "connections do not end"
            time.sleep(0.005)

    def close(self) -> None:
        # The immediate shutdown: it ends the server's children too.
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(60)
        shutil.rmtree(self.folder, ignore_errors=True)
