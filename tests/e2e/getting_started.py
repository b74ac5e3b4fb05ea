"""Runs examples/getting_started as docs/start/cpp.md tells a newcomer to, and talks to it over HTTP.
The limits are the same on examples/httplib_server.

usage: getting_started.py PROGRAM [TESTS…]"""

import concurrent.futures
import glob
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

from application import Application, RedisServer, claims_of

PROGRAM = os.path.abspath(sys.argv.pop(1))


class GettingStarted(unittest.TestCase):
    environment = {}

    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.start()

    def start(self):
        self.app = Application(PROGRAM, self.directory.name, **self.environment)
        self.addCleanup(self.app.stop)

    def test_the_documented_answers(self):
        pair = self.app.json("/token/")
        self.assertEqual(len(pair), 2)
        auth = self.app.json("/get_user/", bearer=pair[0])
        self.assertEqual(list(auth), ["identifier", "scope", "extra"])
        self.assertEqual(auth["identifier"], "123")
        self.assertIsNone(auth["scope"])
        self.assertEqual(list(auth["extra"]), ["exp", "iat", "jti", "extra"])
        self.assertAlmostEqual(auth["extra"]["exp"] - auth["extra"]["iat"], 3600, places=3)
        self.assertRegex(auth["extra"]["jti"], "^[0-9a-f]{32}$")
        self.assertEqual(auth["extra"]["extra"], {})

    def test_subject_and_scope(self):
        access, _ = self.app.json("/token/?sub=a%20b%C3%A9&scope=read%20write")
        auth = self.app.json("/get_user/", bearer=access)
        self.assertEqual(auth["identifier"], "a bé")
        self.assertEqual(auth["scope"], ["read", "write"])
        for bad in ["?sub=", "?sub=" + "x" * 256, "?sub=%FF", "?scope=%22", "?sub=%"]:
            self.assertEqual(self.app.status("/token/" + bad), 400, bad)

    def test_tokens_are_not_cached(self):
        _, headers, _ = self.app.request("/token/")
        self.assertEqual(headers["Cache-Control"], "no-store")

    def test_untrusted_is_unauthorized(self):
        access, refresh = self.app.json("/token/")
        answers = set()
        for bad in [refresh, access[:-3] + "AAA", "x", access + ".x", "." * 5]:
            status, headers, body = self.app.request("/get_user/", bearer=bad)
            answers.add((status, headers["WWW-Authenticate"], body))
        self.assertEqual(len(answers), 1)
        status, challenge, _ = answers.pop()
        self.assertEqual(status, 401)
        self.assertEqual(challenge, 'Bearer error="invalid_token"')
        _, headers, _ = self.app.request("/get_user/")
        self.assertEqual(headers["WWW-Authenticate"], "Bearer")

    def test_rotation_and_reuse(self):
        old_access, old_refresh = self.app.json("/token/")
        access, refresh = self.app.json("/token/refresh/", {"refresh_token": old_refresh})
        self.assertEqual(self.app.status("/get_user/", bearer=old_access), 401)
        self.assertEqual(self.app.status("/get_user/", bearer=access), 200)
        self.assertEqual(
            self.app.status("/token/refresh/", {"refresh_token": old_refresh}), 401)
        self.assertEqual(self.app.status("/get_user/", bearer=access), 401)
        self.assertEqual(self.app.status("/token/refresh/", {"refresh_token": refresh}), 401)

    def test_concurrent_rotation(self):
        _, refresh = self.app.json("/token/")
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(
                lambda _: self.app.status("/token/refresh/", {"refresh_token": refresh}),
                range(64)))
        self.assertEqual(answers.count(200), 1)
        self.assertEqual(answers.count(401), 63)

    def test_revocation(self):
        access, refresh = self.app.json("/token/?sub=eve")
        other_access, other_refresh = self.app.json("/token/?sub=eve")
        sessions = self.app.json("/sessions/", bearer=access)
        self.assertEqual([s["jti"] for s in sessions],
                         [claims_of(refresh)["jti"], claims_of(other_refresh)["jti"]])
        self.assertIn("Python-urllib", sessions[0]["note"])
        self.assertEqual([s["current"] for s in sessions], [True, False])
        revoke = {"refresh_token": refresh, "jti": sessions[1]["jti"]}
        self.assertEqual(self.app.status("/token/revoke/", revoke), 204)
        self.assertEqual(self.app.status("/token/revoke/", revoke), 401)
        self.assertEqual(self.app.status("/get_user/", bearer=other_access), 401)
        self.assertEqual(self.app.status("/get_user/", bearer=access), 200)
        for _ in range(2):
            self.assertEqual(
                self.app.status("/token/revoke/", {"refresh_token": refresh}), 204)
        self.assertEqual(self.app.status("/get_user/", bearer=access), 401)

    def test_the_end_of_the_others(self):
        pairs = [self.app.json("/token/?sub=eve") for _ in range(3)]
        stranger, _ = self.app.json("/token/?sub=ann")
        spent = pairs[1][1]
        pairs[1] = self.app.json("/token/refresh/", {"refresh_token": spent})
        # A spent token ends nothing here, not even its own session.
        for refused in [spent, "x"]:
            self.assertEqual(
                self.app.status("/token/revoke/others/", {"refresh_token": refused}), 401)
        alive = [self.app.status("/get_user/", bearer=access) for access, _ in pairs]
        self.assertEqual(alive, [200] * 3)
        for _ in range(2):
            self.assertEqual(
                self.app.status("/token/revoke/others/", {"refresh_token": pairs[1][1]}), 204)
        alive = [self.app.status("/get_user/", bearer=access) for access, _ in pairs]
        self.assertEqual(alive, [401, 200, 401])
        self.assertEqual(self.app.status("/get_user/", bearer=stranger), 200)

    def test_bad_bodies(self):
        for path in ["/token/refresh/", "/token/revoke/", "/token/revoke/others/"]:
            for body in [{}, {"refresh_token": 1}, {"refresh_token": None}, [], "x", 1, None]:
                status = self.app.status(path, body if body is not None else "", method="POST")
                self.assertEqual(status, 400, (path, body))
        self.assertEqual(
            self.app.status("/token/refresh/", {"refresh_token": "x" * 70_000}), 413)

    def test_published_keys(self):
        _, headers, body = self.app.request("/.well-known/jwks.json")
        self.assertEqual(headers["Content-Type"], "application/jwk-set+json")
        (key,) = json.loads(body)["keys"]
        self.assertEqual(key["kty"], "OKP")
        self.assertNotIn("d", key)

    def test_health_and_unknown_paths(self):
        self.assertEqual(self.app.status("/healthz"), 200)
        self.assertEqual(self.app.status("/nowhere"), 404)
        _, headers, body = self.app.request("/")
        self.assertTrue(headers["Content-Type"].startswith("text/plain"))
        text = body if isinstance(body, str) else body.decode()
        for route in ("/token/", "/token/refresh/", "/login/", "/api/1/", "/healthz"):
            self.assertIn(route, text)
        self.assertEqual(self.app.status("/token/", method="DELETE"), 405)
        self.assertEqual(self.app.status("/token/refresh/"), 405)

    def test_greeting_and_end(self):
        self.assertEqual(self.app.greeting().count("curl"), 4)
        self.assertEqual(self.app.status("/healthz"), 200)  # it serves, so it minds the signal
        self.assertEqual(self.app.stop(), 0)
        self.start()

    def test_restart_keeps_the_key(self):
        key_file = os.path.join(self.directory.name, "ed_private_key1.pem")
        self.assertEqual(os.stat(key_file).st_mode & 0o777, 0o600)
        before = self.app.json("/.well-known/jwks.json")
        self.app.stop()
        self.start()
        self.assertEqual(self.app.json("/.well-known/jwks.json"), before)


class Limits(unittest.TestCase):
    """The documented routes: ten requests in ten seconds, for all, anonymous or known."""

    environment = {}

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.app = Application(PROGRAM, directory.name,
                               WEBTOOL_COOKIE_SECRET="a secret of the test's own, long enough",
                               WEBTOOL_TRUSTED_PROXIES="127.0.0.0/8", **self.environment)
        self.addCleanup(self.app.stop)

    def passed(self, count, path, address, bearer=None, **headers):
        """How many of `count` requests get an answer; others must get a 429."""
        headers["X-Forwarded-For"] = address
        statuses = [self.app.status(path, bearer=bearer, headers=headers) for _ in range(count)]
        self.assertLessEqual(set(statuses), {200, 429})
        return statuses.count(200)

    def test_everyone(self):
        access, _ = self.app.json("/token/")
        self.assertEqual(self.passed(15, "/api/1/", "192.0.2.1"), 10)
        self.assertEqual(self.passed(15, "/api/1/", "192.0.2.2"), 10)
        self.assertEqual(self.passed(15, "/api/1/", "192.0.2.1", bearer=access), 10)

    def test_the_anonymous(self):
        access, _ = self.app.json("/token/")
        self.assertEqual(self.passed(15, "/api/2/", "192.0.2.1"), 10)
        self.assertEqual(self.passed(15, "/api/2/", "192.0.2.1", bearer=access), 15)

    def test_the_known(self):
        access, _ = self.app.json("/token/")
        self.assertEqual(self.passed(15, "/api/3/", "192.0.2.1"), 15)
        self.assertEqual(self.passed(15, "/api/3/", "192.0.2.1", bearer=access), 10)
        other, _ = self.app.json("/token/?sub=other")
        self.assertEqual(self.passed(15, "/api/3/", "192.0.2.1", bearer=other), 10)

    def test_a_cookie_is_a_session(self):
        _, headers, body = self.app.request("/api/1/", headers={"X-Forwarded-For": "192.0.2.9"})
        self.assertEqual(body, b'{"status":"success"}')
        cookie, *attributes = headers["Set-Cookie"].split("; ")
        self.assertTrue(cookie.startswith("th-session="))
        self.assertEqual(set(attributes), {"Max-Age=1209600", "Path=/", "Secure", "HttpOnly",
                                           "SameSite=Lax"})
        self.assertEqual(self.passed(15, "/api/1/", "192.0.2.9", Cookie=cookie), 9)
        self.assertEqual(self.passed(15, "/api/1/", "192.0.2.9"), 9)

    def test_a_client_that_waits_as_long_as_it_is_told(self):
        headers = {"X-Forwarded-For": "192.0.2.1"}
        self.assertEqual(self.passed(10, "/api/1/", "192.0.2.1"), 10)
        status, answer, _ = self.app.request("/api/1/", headers=headers)
        self.assertEqual(status, 429)
        self.assertLessEqual(int(answer["Retry-After"]), 10)
        time.sleep(int(answer["Retry-After"]))
        self.assertEqual(self.app.status("/api/1/", headers=headers), 200)


class GettingStartedOnRedis(GettingStarted):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.redis = RedisServer(directory.name)
        self.addCleanup(self.redis.stop)
        self.environment = {"WEBTOOL_CACHE": f"redis://127.0.0.1:{self.redis.port}/0"}
        super().setUp()

    def test_restart_logs_nobody_out(self):
        access, refresh = self.app.json("/token/")
        self.app.stop()
        self.start()
        self.assertEqual(self.app.status("/get_user/", bearer=access), 200)
        self.assertEqual(self.app.status("/token/refresh/", {"refresh_token": refresh}), 200)

    def test_a_dead_store_is_503(self):
        access, refresh = self.app.json("/token/")
        self.redis.stop()
        for path, body, bearer in [("/get_user/", None, access), ("/token/", None, None),
                                   ("/token/refresh/", {"refresh_token": refresh}, None)]:
            status, headers, _ = self.app.request(path, body, bearer)
            self.assertEqual(status, 503, path)
            self.assertIn("Retry-After", headers)
        # What needs no store still works, and so does refusing what is no token at all.
        self.assertEqual(self.app.status("/healthz"), 200)
        self.assertEqual(self.app.status("/get_user/", bearer="x"), 401)


class LimitsOnRedis(Limits):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        redis = RedisServer(directory.name)
        self.addCleanup(redis.stop)
        self.environment = {"WEBTOOL_CACHE": f"redis://127.0.0.1:{redis.port}/0"}
        super().setUp()


class Accounts(unittest.TestCase):
    """Whoever registers can log in, and whoever does not know the password cannot."""

    PASSWORD = "correct horse 'battery\" é"

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        # Cheap, so that the tests are quick.
        self.environment = {"WEBTOOL_PASSWORD_COST": "m=64,t=1,p=1",
                            "WEBTOOL_PASSWORD_COST_WEAK": "1",
                            "WEBTOOL_TRUSTED_PROXIES": "127.0.0.0/8"}
        self.start()

    def start(self, **environment):
        self.app = Application(PROGRAM, self.directory, **{**self.environment, **environment})
        self.addCleanup(self.app.stop)

    def post(self, path, username, password=PASSWORD, address="192.0.2.1", **more):
        form = {"username": username, "password": password, **more}
        status, headers, body = self.app.request(
            path, form=form, headers={"X-Forwarded-For": address})
        return status, {k: v for k, v in headers.items() if k != "Date"}, json.loads(body)

    def register(self, *arguments, **options):
        return self.post("/register/", *arguments, **options)[0]

    def login(self, *arguments, **options):
        return self.post("/login/", *arguments, **options)[0]

    def test_register_and_log_in(self):
        self.assertEqual(self.register("Alice"), 201)
        status, headers, answer = self.post("/login/", "alice", grant_type="password")
        self.assertEqual(status, 200)
        self.assertEqual(headers["Cache-Control"], "no-store")
        self.assertEqual(answer["token_type"], "bearer")
        auth = self.app.json("/get_user/", bearer=answer["access_token"])
        self.assertEqual(auth["identifier"], "alice")
        self.app.json("/token/refresh/", {"refresh_token": answer["refresh_token"]})

    def test_wrong_name_and_wrong_password_are_the_same(self):
        self.register("alice")
        answers = [self.post("/login/", *who) for who in [
            ("alice", "wrong"), ("nobody", self.PASSWORD), ("nobody", ""), ("", self.PASSWORD),
            ("é' OR 1=1 --", self.PASSWORD), ("alice", self.PASSWORD.upper()), ("x" * 5000, "y" * 5000)]]
        self.assertEqual(answers[0][0], 401)
        for answer in answers:
            self.assertEqual(answer, answers[0])

    def test_a_name_is_had_once(self):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda name: self.register(name), ["alice", "ALICE"] * 8))
        self.assertEqual(answers.count(201), 1)
        self.assertEqual(answers.count(409), 15)

    def test_a_name_with_an_account_gets_no_demo_token(self):
        self.assertEqual(self.register("ann"), 201)
        mine = self.post("/login/", "ann")[2]["access_token"]
        for query in ["sub=ann&scope=admin", "sub=ANN", "sub=%61nn", "sub=ann&sub=eve"]:
            self.assertEqual(self.app.status("/token/?" + query), 403, query)
        # Other names are subjects of their own, however alike they look.
        for query in ["sub=ann%20", "sub=%D0%B0nn", "sub=ann%00", "sub=eve"]:
            status, _, body = self.app.request("/token/?" + query)
            if status == 200:
                auth = self.app.json("/get_user/", bearer=json.loads(body)[0])
                self.assertNotEqual(auth["identifier"], "ann", query)
            else:
                self.assertEqual(status, 400, query)
        self.assertEqual(len(self.app.json("/sessions/", bearer=mine)), 1)

    def test_a_registration_ends_what_the_demo_gave_out_for_its_name(self):
        access, refresh = self.app.json("/token/?sub=bob")
        self.assertEqual(self.app.status("/get_user/", bearer=access), 200)
        self.assertEqual(self.register("bob"), 201)
        self.assertEqual(self.app.status("/get_user/", bearer=access), 401)
        self.assertEqual(self.app.status("/token/refresh/", {"refresh_token": refresh}), 401)
        self.assertEqual(self.app.status("/token/?sub=bob"), 403)
        # The documented subject can be nobody's account.
        self.assertEqual(self.register("123"), 409)
        self.assertEqual(self.app.status("/token/"), 200)

    def test_a_name_that_is_only_reserved_is_nobodys_yet(self):
        self.execute("INSERT INTO users (name, password) VALUES ('eve', '')")
        self.assertEqual(self.login("eve", ""), 401)
        self.assertEqual(self.app.status("/token/?sub=eve"), 403)
        self.assertEqual(self.register("eve"), 201)
        self.assertEqual(self.login("eve"), 200)

    def test_demo_tokens_are_limited_and_can_be_turned_off(self):
        answers = [self.app.status("/token/") for _ in range(310)]
        self.assertEqual(answers, [200] * 300 + [429] * 10)
        self.app.stop()
        self.start(WEBTOOL_DEMO="0")
        self.assertEqual(self.app.status("/token/"), 404)
        self.assertEqual(self.register("ann"), 201)
        self.assertEqual(self.login("ann"), 200)

    def test_bad_forms(self):
        for path in ["/register/", "/login/"]:
            for form in [{}, {"username": "alice"}, {"password": "x"}, {"Username": "a"}]:
                self.assertEqual(self.app.status(path, form=form), 400, (path, form))
        for name in ["", "a b", "é", "x" * 65, "a'b", "a\0b", "../x"]:
            self.assertEqual(self.register(name), 400, name)
        for password in ["", "short", "x" * 1025]:
            self.assertEqual(self.register("alice", password), 400)

    def test_guesses_are_limited_by_name(self):
        self.register("alice")
        self.register("bob")
        answers = [self.post("/login/", name, "wrong") for name in ["alice", "ALICE"] * 7]
        self.assertEqual([a[0] for a in answers].count(401), 10)
        status, headers, _ = answers[-1]
        self.assertEqual(status, 429)
        self.assertTrue(1 <= int(headers["Retry-After"]) <= 60, headers)
        self.assertEqual(self.login("alice"), 429)
        self.assertEqual(self.login("bob"), 200)
        # One address cannot lock the owner out.
        self.assertEqual(self.login("alice", address="192.0.2.99"), 200)
        answers = [self.login("alice", "wrong", address=f"198.51.100.{i}") for i in range(120)]
        self.assertEqual(answers, [401] * answers.count(401) + [429] * answers.count(429))
        self.assertEqual(answers.count(401), 89)

    def test_guesses_are_limited_by_address(self):
        answers = [self.login(f"user{i}") for i in range(35)]
        self.assertEqual(answers, [401] * 30 + [429] * 5)
        self.assertEqual(self.register("alice"), 429)
        self.assertEqual(self.register("alice", address="192.0.2.2"), 201)

    def execute(self, command):
        database = sqlite3.connect(os.path.join(self.directory, "users.db"))
        with database:
            database.execute(command)
        database.close()

    def hash_of(self, name):
        """The hash of the password, as the database has it. No name here comes from outside."""
        database = sqlite3.connect(os.path.join(self.directory, "users.db"))
        (text,), = database.execute("SELECT password FROM users WHERE name = ?", (name,))
        database.close()
        return text

    def test_accounts_last_and_follow_the_cost(self):
        self.register("alice")
        self.assertTrue(self.hash_of("alice").startswith("$argon2id$v=19$m=64,t=1,p=1$"))
        self.app.stop()
        self.start(WEBTOOL_PASSWORD_COST="m=128,t=2,p=1")
        self.assertEqual(self.login("alice", "wrong"), 401)
        self.assertTrue(self.hash_of("alice").startswith("$argon2id$v=19$m=64,t=1,p=1$"))
        for _ in range(2):
            self.assertEqual(self.login("alice"), 200)
            self.assertTrue(self.hash_of("alice").startswith("$argon2id$v=19$m=128,t=2,p=1$"))

    def test_the_database_is_private(self):
        self.register("alice")
        names = [name for name in os.listdir(self.directory) if name.startswith("users.db")]
        for name in names:
            self.assertEqual(os.stat(os.path.join(self.directory, name)).st_mode & 0o077, 0, name)
        self.app.stop()
        for name in os.listdir(self.directory):
            os.chmod(os.path.join(self.directory, name), 0o644 if name.startswith("users") else 0o600)
        self.start()
        for name in os.listdir(self.directory):
            self.assertEqual(os.stat(os.path.join(self.directory, name)).st_mode & 0o077, 0, name)

    def test_passwords_are_nowhere(self):
        self.register("alice", "hunter2hunter2")
        self.login("alice", "hunter2hunter2")
        self.app.stop()
        for name in os.listdir(self.directory):
            with open(os.path.join(self.directory, name), "rb") as file:
                self.assertNotIn(b"hunter2", file.read(), name)


class PostgreSQL:
    """A server with its data in `directory`. It does not run as root: that it would refuse."""

    def __init__(self, directory):
        self.directory = directory
        self.user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        if self.user:
            shutil.chown(directory, "postgres", "postgres")
        self.run("initdb", "-D", directory + "/data", "-U", "super", "-A", "trust", "--no-sync")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen(
            [self.program("postgres"), "-D", directory + "/data", "-p", str(self.port), "-h", "127.0.0.1",
             "-k", directory, "-F"], stderr=subprocess.DEVNULL, cwd=directory, **self.user)
        while self.process.poll() is None:
            try:
                self.sql("SELECT 1")
                return
            except subprocess.CalledProcessError:
                time.sleep(0.05)
        raise RuntimeError("postgres does not start")

    @staticmethod
    def program(name):
        return max(glob.glob("/usr/lib/postgresql/*/bin/" + name), default=name)

    def run(self, name, *arguments):
        return subprocess.run([self.program(name), *arguments], check=True, capture_output=True, text=True,
                              cwd=self.directory, **self.user).stdout

    def sql(self, command, database="postgres"):
        return self.run("psql", "-h", self.directory, "-p", str(self.port), "-U", "super", "-d", database,
                        "-Atc", command)

    def stop(self):
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait()


class AccountsOnPostgreSQL(Accounts):
    databases = 0

    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.server = PostgreSQL(directory.name)
        cls.addClassCleanup(cls.server.stop)

    def start(self, **environment):
        if "WEBTOOL_DB" not in self.environment:
            AccountsOnPostgreSQL.databases += 1
            self.database = f"accounts{self.databases}"
            self.server.sql(f"CREATE DATABASE {self.database}")
            self.environment["WEBTOOL_DB"] = f"postgresql://super@127.0.0.1:{self.server.port}/{self.database}"
        super().start(**environment)

    def hash_of(self, name):
        return self.server.sql(f"SELECT password FROM users WHERE name = '{name}'", self.database)

    def execute(self, command):
        self.server.sql(command, self.database)

    def test_connections_that_ended_are_replaced(self):
        self.assertEqual(self.register("alice"), 201)
        self.server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        f" WHERE datname = '{self.database}'")
        self.assertEqual(self.login("alice"), 200)

    def test_a_database_that_is_down_is_503(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        server = PostgreSQL(directory.name)
        self.addCleanup(server.stop)
        self.app.stop()
        self.start(WEBTOOL_DB=f"postgresql://super@127.0.0.1:{server.port}/postgres")
        self.register("alice")
        server.stop()
        status, headers, _ = self.post("/login/", "alice")
        self.assertEqual(status, 503)
        self.assertIn("Retry-After", headers)
        self.assertEqual(self.app.status("/token/"), 200)


class Listening(unittest.TestCase):
    def test_hosts_as_users_write_them(self):
        for host, shown in [("localhost", "http://localhost:"), ("::1", "http://[::1]:"),
                            ("[::1]", "http://[::1]:"), ("0.0.0.0", "http://127.0.0.1:"),
                            ("::", "http://[::1]:")]:
            with tempfile.TemporaryDirectory() as directory:
                app = Application(PROGRAM, directory, HOST=host)
                try:
                    self.assertTrue(app.url.startswith(shown), (host, app.url))
                    self.assertEqual(app.status("/healthz"), 200, host)
                finally:
                    app.stop()

    def test_a_port_in_use_is_told_in_a_sentence(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            with tempfile.TemporaryDirectory() as directory:
                run = subprocess.run([PROGRAM], cwd=directory, capture_output=True, text=True,
                                     timeout=30, env={**os.environ, "PORT": port})
        self.assertEqual(run.returncode, 1)
        self.assertIn(f"cannot listen on 127.0.0.1 port {port}: Address already in use", run.stderr)
        self.assertNotIn("asio", run.stderr)


class BadSettings(unittest.TestCase):
    def refusal(self, **environment):
        with tempfile.TemporaryDirectory() as directory:
            run = subprocess.run([PROGRAM], cwd=directory, capture_output=True, text=True,
                                 timeout=30, env={**os.environ, "PORT": "0", **environment})
        self.assertEqual(run.returncode, 1)
        return run.stderr

    def test_each_is_named(self):
        self.assertIn("PORT", self.refusal(PORT="eighty"))
        self.assertIn("PORT", self.refusal(PORT="70000"))
        self.assertIn("host", self.refusal(HOST="not an address").lower())
        self.assertIn("url", self.refusal(WEBTOOL_CACHE="http://127.0.0.1").lower())
        secret = self.refusal(WEBTOOL_CACHE="redis://user:hunter2@host:notaport")
        self.assertNotIn("hunter2", secret)
        self.assertIn("trusted_proxies", self.refusal(WEBTOOL_TRUSTED_PROXIES="everyone"))
        self.assertIn("secret_keys", self.refusal(WEBTOOL_COOKIE_SECRET="short"))
        secret = self.refusal(WEBTOOL_DB="postgresql://user:hunter2@host:notaport/db")
        self.assertIn("port", secret)
        self.assertNotIn("hunter2", secret)
        for cost in ["m=1,t=1,p=1", "m=8,t=1,p=1", "m=7167,t=9,p=1", "m=19456,t=1,p=1", "m=64,t=9999,p=1"]:
            self.assertIn("WEBTOOL_PASSWORD_COST", self.refusal(WEBTOOL_PASSWORD_COST=cost), cost)
        self.assertIn("/nowhere", self.refusal(WEBTOOL_KEY_FILE="/nowhere/key.pem"))


if __name__ == "__main__":
    unittest.main()
