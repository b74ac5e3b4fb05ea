"""The tables that are written by hand must name what the sources name: header fields, metrics, Redis
keys, parameters of Redis URLs, and the settings and routes of the example server.

usage: named.py SOURCE"""

import pathlib
import re
import sys

SOURCE = pathlib.Path(sys.argv[1])


def texts(pattern):
    return "\n".join(path.read_text() for path in sorted(SOURCE.glob(pattern)))


def names(pattern, expression):
    found = set(re.findall(expression, texts(pattern), re.MULTILINE))
    assert found, f"nothing in {pattern} matches {expression}: adapt this test"
    return found


WANTED = [
    ("docs/reference/fields.md", "src/http/*.cpp", r'set\("([A-Z][\w-]+)"'),
    ("docs/reference/fields.md", "src/throttle/*.cpp", r'push_back\(\{"([a-z][a-z-]+)"'),
    ("docs/reference/metrics.md", "src/metrics/*.cpp", r'Name\("(webtool_\w+)"'),
    ("docs/reference/redis.md", "src/auth/session_record.cpp", r'"(:\w+)"'),
    ("docs/reference/redis.md", "src/throttle/redis_limiter.cpp", r'"(:\w+:)"'),
    ("docs/reference/redis.md", "src/cache/lock.cpp", r'"(:\w+)"'),
    ("docs/guides/redis.md", "src/redis/url.cpp", r'(?:name|key|parameter) == "(\w+)"'),
    ("docs/start/cpp.md", "examples/getting_started.*", r'"(WEBTOOL_\w+|HOST|PORT)"'),
    ("docs/start/cpp.md", "examples/getting_started.cpp", r'server\.(?:get|post)\("(/[^"]*)"'),
]
#: They describe the answer of a handler and not of webtool.
OTHERS = {"content-type"}
faults = []
for page, sources, expression in WANTED:
    shown = (SOURCE / page).read_text().lower()
    for name in sorted(names(sources, expression)):
        # A page may write a family of fields as `Access-Control-…`.
        family = name.lower().startswith("access-control-") and "access-control-…" in shown
        if name.lower() not in shown and not family and name.lower() not in OTHERS:
            faults.append(f"{page} does not name {name}, which {sources} does")
print("\n".join(faults))
sys.exit(bool(faults))
