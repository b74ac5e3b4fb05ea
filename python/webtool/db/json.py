"""JSON columns, by orjson. It makes bytes; SQLAlchemy and the drivers want a str."""

from typing import Any

import orjson


def encode(value: Any) -> str:
    """The JSON text of a value; TypeError says what JSON has no place for."""
    return orjson.dumps(value).decode()


def decode(text: str | bytes) -> Any:
    """The value of a JSON text; a text that is none is a ValueError."""
    if not isinstance(text, str | bytes):
        # SQLite keeps a JSON text that is a number as a number, which SQLAlchemy, told so, leaves.
        raise TypeError(f"JSON is text, not {type(text).__name__}")
    return orjson.loads(text)
