"""The example server as a process, and a redis-server: what the tests of this folder and
scripts/try-upgrade talk to."""

import base64
import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

# No proxy of the environment's may come between.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Application:
    """The running program. `environment` is added to that of this process."""

    def __init__(self, program, directory, **environment):
        self.process = subprocess.Popen(
            [program], cwd=directory, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PORT": "0", **environment})
        listening = re.match(r"Listening on (http://\S+)", self.process.stdout.readline())
        if not listening:
            self.stop()
            raise RuntimeError("the program does not say where it listens")
        self.url = listening[1]

    def greeting(self):
        return "".join(self.process.stdout.readline() for _ in range(6))

    def request(self, path, body=None, bearer=None, method=None, headers=(), form=None):
        headers = dict(headers)
        if bearer:
            headers["Authorization"] = f"Bearer {bearer}"
        data = None if body is None else json.dumps(body).encode()
        if form is not None:
            data = urllib.parse.urlencode(form).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with OPENER.open(request, timeout=30) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.headers, answer.read()

    def json(self, *arguments, **options):
        status, _, body = self.request(*arguments, **options)
        assert status == 200, (status, body)
        return json.loads(body)

    def status(self, *arguments, **options):
        return self.request(*arguments, **options)[0]

    def stop(self):
        """Ends the program, if it has not ended, and gives its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(30)
        self.process.stdout.close()
        return code


def claims_of(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


class RedisServer:
    def __init__(self, directory):
        for _ in range(20):
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self.port = probe.getsockname()[1]
            self.process = subprocess.Popen(
                ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
                 "--dir", directory], stdout=subprocess.DEVNULL)
            while self.process.poll() is None:
                try:
                    socket.create_connection(("127.0.0.1", self.port), 1).close()
                    return
                except OSError:
                    time.sleep(0.01)
        raise RuntimeError("redis-server does not start")

    def stop(self):
        self.process.kill()
        self.process.wait()
