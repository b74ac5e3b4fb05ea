"""JSON columns with orjson. orjson returns bytes, but SQLAlchemy and the drivers need a str."""

from typing import Any

import orjson


def encode(value: Any) -> str:
    """Returns the JSON text of a value. Raises TypeError if JSON cannot represent the value."""
    return orjson.dumps(value).decode()


def decode(text: str | bytes) -> Any:
    """Returns the value of a JSON text. Raises ValueError if the text is not JSON."""
    if not isinstance(text, str | bytes):
        # SQLite stores a JSON text that is a number as a number. SQLAlchemy handles this TypeError
        # by keeping the number.
        raise TypeError(f"JSON must be str or bytes, not {type(text).__name__}")
    return orjson.loads(text)
