"""Runs one of webtool's servers and talks to it over HTTP."""
import http.client
import os
import re
import signal
import subprocess


class Server:
    """The running program; `environment` is added to a clean one."""

    def __init__(self, program, directory, **environment):
        self.process = subprocess.Popen([program], cwd=directory, stdout=subprocess.PIPE, text=True,
                                        env={**os.environ, "PORT": "0", **environment})
        line = self.process.stdout.readline()
        if metrics := re.match(r"Metrics at http://127\.0\.0\.1:(\d+)/metrics", line):
            self.metrics_port = int(metrics[1])
            line = self.process.stdout.readline()
        self.port = int(re.match(r"Listening on http://127\.0\.0\.1:(\d+)", line)[1])

    def get(self, path, port=None, **headers):
        """Status, header fields in the order they come, and body."""
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=30)
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.stdout.close()
        return self.process.wait(30)
