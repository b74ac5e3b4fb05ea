"""What getting_started says at /metrics, read by Prometheus's own Python parser, against what a
client has seen."""
import json
import os
import re
import socket
import subprocess
import tempfile
import time
import unittest

from prometheus_client.parser import text_string_to_metric_families

from program import Server

PROGRAM = os.environ["GETTING_STARTED"]
LINE = re.compile(r'(?:# (?:HELP|TYPE) [a-z_]+ .+|[a-z_]+(?:\{[a-z_]+="[^"\n]*"(?:,[a-z_]+="[^"\n]*")*\})? \S+)')


class RedisServer:
    def __init__(self, directory):
        self.directory = directory
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
             "--dir", self.directory], stdout=subprocess.DEVNULL)
        while self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.01)
        raise RuntimeError("redis-server does not start")

    def kill(self):
        self.process.kill()
        self.process.wait()


class Metrics(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.server = Server(PROGRAM, directory.name, WEBTOOL_METRICS="127.0.0.1:0",
                             **self.environment(directory.name))
        self.addCleanup(self.server.stop)

    def environment(self, _directory):
        return {}

    def scrape(self):
        """All samples, by name and labels."""
        status, fields, body = self.server.get("/metrics", self.server.metrics_port)
        self.assertEqual(status, 200)
        self.assertEqual(dict(fields)["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
        text = body.decode("ascii")
        self.assertTrue(text.endswith("\n"))
        for line in text.splitlines():
            self.assertRegex(line, LINE)
        samples, names = {}, []
        for family in text_string_to_metric_families(text):
            names.append(family.name)
            self.assertTrue(family.name.startswith("webtool_"))
            self.assertIn(family.type, ("counter", "gauge", "histogram"))
            self.assertTrue(family.documentation)
            for sample in family.samples:
                key = (sample.name, *sorted(sample.labels.items()))
                self.assertNotIn(key, samples, "a series comes twice")
                samples[key] = sample.value
        self.assertEqual(len(names), len(set(names)))
        self.check_histograms(samples)
        return samples

    def check_histograms(self, samples):
        series = {}
        for (name, *labels), value in samples.items():
            if name.endswith("_bucket"):
                bound = float(dict(labels)["le"])
                rest = tuple(label for label in labels if label[0] != "le")
                series.setdefault((name.removesuffix("_bucket"), rest), []).append((bound, value))
        for (name, labels), buckets in series.items():
            buckets.sort()
            counts = [count for _, count in buckets]
            self.assertEqual(counts, sorted(counts))
            self.assertEqual(buckets[-1][0], float("inf"))
            self.assertEqual(counts[-1], samples[(name + "_count", *labels)])

    def changes(self, before):
        """What has been counted since, by verdicts of /api/1/, tokens and so on: histograms' buckets
        and sums left out."""
        after = self.scrape()
        return {key: value - before.get(key, 0) for key, value in after.items()
                if value != before.get(key, 0) and not key[0].endswith(("_bucket", "_sum"))}

    def decision(self, verdict, route="GET /api/1/", rule="10-per-10s"):
        return ("webtool_limit_decisions_total", ("route", route), ("rule", rule),
                ("verdict", verdict))

    @staticmethod
    def seconds(route="GET /api/1/"):
        return ("webtool_limit_decision_seconds_count", ("route", route))

    @staticmethod
    def token(outcome):
        return ("webtool_tokens_total", ("outcome", outcome))

    @staticmethod
    def trips(outcome):
        return ("webtool_store_round_trips_total", ("outcome", outcome))

    TRIPS_MEASURED = ("webtool_store_round_trip_seconds_count",)

    def ask(self, count, path="/api/1/", **headers):
        statuses = [self.server.get(path, **headers)[0] for _ in range(count)]
        return statuses.count(200), statuses.count(429)

    def token_pair(self):
        return json.loads(self.server.get("/token/")[2])


class InMemory(Metrics):
    def test_passes_and_denials(self):
        before = self.scrape()
        self.assertEqual(self.ask(17), (10, 7))
        self.assertEqual(self.changes(before), {self.decision("allowed"): 10,
                                                self.decision("denied"): 7, self.seconds(): 17})

    def test_routes_and_rules_by_name_and_nothing_else(self):
        self.ask(3, Authorization="Bearer secret-token", Cookie="th-session=secret-cookie")
        labels = {label for _, *labels in self.scrape() for label in labels}
        values = {name: {v for n, v in labels if n == name} for name, _ in labels}
        self.assertEqual(set(values), {"route", "rule", "verdict", "outcome", "le"})
        self.assertEqual(values["route"],
                         {"GET /api/1/", "GET /api/2/", "GET /api/3/", "GET /token/",
                          "POST /token/refresh/", "POST /token/revoke/", "POST /token/revoke/others/"})
        self.assertEqual(values["rule"], {"10-per-10s", "300-per-60s"})
        self.assertEqual(values["verdict"], {"allowed", "denied", "shadow_denied", "store_failed"})

    def test_they_are_not_on_the_public_port(self):
        self.assertEqual(self.server.get("/metrics")[0], 404)
        self.assertEqual(self.server.get("/token/", self.server.metrics_port)[0], 404)

    def test_rules_count_those_they_are_for(self):
        before = self.scrape()
        self.assertEqual(self.ask(12, "/api/3/"), (12, 0))  # not for the anonymous
        self.assertEqual(self.changes(before), {})

    def test_tokens(self):
        access, refresh = self.token_pair()
        before = self.scrape()
        for token in (access, access, refresh, "x", access[:-4] + "AAAA"):
            self.server.get("/get_user/", Authorization="Bearer " + token)
        self.server.get("/get_user/")
        self.assertEqual(self.changes(before), {
            self.token("ok"): 2, self.token("wrong_type"): 1, self.token("malformed"): 1,
            self.token("bad_signature"): 1})


class OnRedis(Metrics):
    def environment(self, directory):
        self.redis = RedisServer(directory)
        self.addCleanup(self.redis.kill)
        return {"WEBTOOL_CACHE": f"redis://127.0.0.1:{self.redis.port}/0"}

    def test_passes_and_denials(self):
        self.assertEqual(self.ask(1, "/api/2/"), (1, 0))  # loads the script
        before = self.scrape()
        self.assertEqual(self.ask(17), (10, 7))
        # The first denial comes from Redis, the others are remembered.
        self.assertEqual(self.changes(before), {
            self.decision("allowed"): 10, self.decision("denied"): 7, self.seconds(): 17,
            self.trips("ok"): 11, self.TRIPS_MEASURED: 11})

    def test_tokens_that_the_limiters_script_looks_after(self):
        access, _ = self.token_pair()
        headers = {"Authorization": "Bearer " + access}
        self.ask(1, **headers)  # loads the script
        before = self.scrape()
        self.assertEqual(self.ask(3, **headers), (3, 0))
        self.assertEqual(self.changes(before), {
            self.decision("allowed"): 3, self.seconds(): 3, self.token("ok"): 3,
            self.trips("ok"): 3, self.TRIPS_MEASURED: 3})
        before = self.scrape()
        self.redis.kill()
        self.redis.start()  # empty: the session is gone
        while self.server.get("/get_user/", **headers)[0] == 503:
            pass
        before = self.scrape()
        self.ask(1, **headers)
        after = self.changes(before)
        self.assertEqual(after[self.token("unknown_token")], 1)
        self.assertEqual(after[self.decision("allowed")], 1)

    def test_a_dead_store(self):
        self.assertEqual(self.ask(1), (1, 0))
        before = self.scrape()
        self.assertEqual(before["webtool_store_breaker_open",], 0)
        self.redis.kill()
        passed, denied = self.ask(20)
        self.assertEqual((passed, denied), (10, 10))  # counted by the process itself
        after = self.changes(before)
        self.assertEqual(after[self.decision("store_failed")], 20)
        self.assertNotIn(self.decision("allowed"), after)
        self.assertNotIn(self.decision("denied"), after)
        self.assertEqual(after["webtool_store_breaker_open",], 1)
        self.assertGreater(after[self.trips("breaker_open")], 0)
        self.assertEqual(sum(value for key, value in after.items()
                             if key[0] == "webtool_store_round_trips_total"), 20)
        self.redis.start()
        while self.scrape()["webtool_store_breaker_open",] != 0:
            self.ask(1)
        self.assertGreater(self.scrape()[self.trips("ok")], 0)


class Off(unittest.TestCase):
    def test_nothing_is_served_unasked(self):
        with tempfile.TemporaryDirectory() as directory:
            server = Server(PROGRAM, directory)
            self.addCleanup(server.stop)
            self.assertEqual(server.get("/metrics")[0], 404)

    def test_an_address_that_is_none_is_refused(self):
        with tempfile.TemporaryDirectory() as directory:
            for address in ("0", "yes", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "nowhere.invalid:1"):
                done = subprocess.run([PROGRAM], cwd=directory, capture_output=True, text=True,
                                      env={**os.environ, "PORT": "0", "WEBTOOL_METRICS": address},
                                      timeout=60)
                self.assertEqual(done.returncode, 1, address)
                self.assertIn("getting_started: ", done.stderr)


del Metrics  # is no test itself

if __name__ == "__main__":
    unittest.main(verbosity=2)
