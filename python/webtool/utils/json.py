"""JSON encoders and decoders that use orjson. Installing webtool does not install orjson."""

import json
from collections.abc import Iterator
from typing import Any

try:
    import orjson
except ImportError as error:
    raise ImportError(
        "webtool.utils.json needs orjson, which is not installed: pip install orjson",
        name="orjson",
    ) from error


class ORJSONEncoder:
    """Encodes values as JSON bytes."""

    @staticmethod
    def encode(o: Any) -> bytes:
        return orjson.dumps(o)


class ORJSONDecoder:
    """Decodes JSON."""

    @staticmethod
    def decode(s: str | bytes, *_: Any) -> Any:
        return orjson.loads(s)


class PyORJSONEncoder(json.JSONEncoder):
    """For json.dumps(..., cls=PyORJSONEncoder)."""

    def encode(self, o: Any) -> str:
        return orjson.dumps(o, default=self.default).decode()

    def iterencode(self, o: Any, _one_shot: bool = False) -> Iterator[str]:
        yield self.encode(o)


class PyORJSONDecoder(json.JSONDecoder):
    """For json.loads(..., cls=PyORJSONDecoder)."""

    def decode(self, s: str, *_: Any) -> Any:
        return orjson.loads(s)


__all__ = ["ORJSONDecoder", "ORJSONEncoder", "PyORJSONDecoder", "PyORJSONEncoder"]
