"""The RateLimit fields a server sends, read by an RFC 9651 parser that is not webtool's, as
draft-ietf-httpapi-ratelimit-headers-10 has them."""
import json
import os
import tempfile
import unittest

import http_sf

from program import Server

MAX_INTEGER = 999_999_999_999_999  # RFC 9651 section 3.3.1


def values(fields, name):
    return [value for field, value in fields if field.lower() == name]


class Fields(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.server = Server(os.environ["LIMITED_SERVER"], directory.name)
        cls.addClassCleanup(cls.server.stop)

    def read_list(self, fields, name, required, optional=()):
        """The one List of that name, each member a String with parameters that are Integers."""
        (text,) = values(fields, name)
        members = http_sf.parse(text.encode("ascii"), tltype="list")
        self.assertEqual(http_sf.ser(members), text, "not in canonical form")
        for item, parameters in members:
            self.assertIs(type(item), str, f"{text}: not a String")
            self.assertLessEqual(set(required), set(parameters), text)
            self.assertLessEqual(set(parameters), {*required, *optional}, text)
            for value in parameters.values():
                self.assertIs(type(value), int, f"{text}: not an Integer")
                self.assertTrue(0 <= value <= MAX_INTEGER, text)
        return members

    def check(self, path):
        """Asks once; gives status, policies and limits once they are found well-formed."""
        status, fields, body = self.server.get(path)
        self.assertIn(status, (200, 429))
        policies = self.read_list(fields, "ratelimit-policy", ["q", "w"])
        limits = self.read_list(fields, "ratelimit", ["r", "t"])
        self.assertTrue(limits)
        quotas = {}
        for name, parameters in policies:
            self.assertNotIn(name, quotas, "a policy is listed twice")
            self.assertGreater(parameters["w"], 0)
            quotas[name] = parameters["q"]
        for name, parameters in limits:
            self.assertIn(name, quotas)
            self.assertLessEqual(parameters["r"], quotas[name])
        # The same in the fields of old, for the policy that binds most.
        name, parameters = limits[0]
        for suffix, expected in [("limit", quotas[name]), ("remaining", parameters["r"]),
                                 ("reset", parameters["t"])]:
            (text,) = values(fields, "x-ratelimit-" + suffix)
            self.assertEqual(text, str(expected))
        if status == 429:
            self.check_refusal(fields, body, quotas, parameters["t"])
        else:
            self.assertEqual(values(fields, "retry-after"), [])
        return status, policies, limits

    def check_refusal(self, fields, body, quotas, soonest):
        self.assertEqual(values(fields, "cache-control"), ["no-store"])
        (wait,) = values(fields, "retry-after")
        self.assertRegex(wait, "^[1-9][0-9]*$")
        self.assertGreaterEqual(int(wait), soonest)
        self.assertEqual(values(fields, "content-type"), ["application/problem+json"])
        problem = json.loads(body)
        self.assertEqual(problem["status"], 429)
        self.assertEqual(problem["type"],
                         "https://iana.org/assignments/http-problem-types#quota-exceeded")
        self.assertTrue(problem["violated-policies"])
        self.assertLessEqual(set(problem["violated-policies"]), set(quotas))

    def ask_until_refused(self, path, passes):
        answers = [self.check(path) for _ in range(passes + 3)]
        self.assertEqual([status for status, _, _ in answers], [200] * passes + [429] * 3)
        return answers

    def test_one_rule(self):
        answers = self.ask_until_refused("/one/", 2)
        self.assertEqual(answers[0][1], [("2-per-3600s", {"q": 2, "w": 3600})])
        self.assertEqual([limits[0][1]["r"] for _, _, limits in answers], [1, 0, 0, 0, 0])
        self.assertTrue(all(0 < limits[0][1]["t"] <= 3600 for _, _, limits in answers))

    def test_several_rules_of_all_algorithms(self):
        _, policies, limits = self.check("/several/")
        self.assertEqual(policies[0], ("burst", {"q": 2, "w": 2}))
        self.assertEqual(policies[1][1], {"q": 1_000_000_000, "w": 87_600 * 3600})
        self.assertEqual(policies[2], ("100-per-1ms", {"q": 100, "w": 1}))
        self.assertEqual(limits[0][0], "burst")
        statuses = {self.check("/several/")[0] for _ in range(4)}
        self.assertIn(429, statuses)

    def test_odd_names(self):
        answers = self.ask_until_refused("/odd/", 2)
        names = [name for name, _ in answers[0][1]]
        self.assertEqual(names, ["!#$%&'()*+,-./0189:;<=>?@AZ[]^_`az{|}~", ";" * 64, "?1",
                                 ":YQ==:,a;b=1"])

    def test_cost(self):
        answers = self.ask_until_refused("/cost/", 2)
        self.assertEqual([limits[0][1]["r"] for _, _, limits in answers[:2]], [7, 2])

    def test_rules_in_shadow_are_not_named(self):
        answers = self.ask_until_refused("/shadow/", 2)
        for _, policies, limits in answers:
            self.assertEqual([name for name, _ in policies], ["real"])
            self.assertEqual([name for name, _ in limits], ["real"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
