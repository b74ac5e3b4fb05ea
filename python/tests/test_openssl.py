"""webtool works beside other extensions that have an OpenSSL of their own."""

import subprocess
import sys
from pathlib import Path

import pytest
from webtool.utils import OPENSSL_VERSION

USERS = Path(__file__).parent / "openssl_users.py"


@pytest.mark.parametrize(
    "order", ["webtool._core ssl cryptography psycopg", "ssl cryptography psycopg webtool._core"]
)
def test_users_of_openssl_in_one_process(order: str, tmp_path: Path) -> None:
    subprocess.run([sys.executable, USERS, *order.split()], cwd=tmp_path, check=True, timeout=120)


def test_the_version_of_openssl() -> None:
    assert OPENSSL_VERSION.startswith("OpenSSL ")
