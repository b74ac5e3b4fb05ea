"""An extension of griffe: shows the column of arguments in a docstring as a list.

Docstrings such as that of @limiter name each argument at the left and describe it in a column."""

import re
from typing import Any

import griffe


class DocstringColumns(griffe.Extension):
    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        if obj.docstring:
            obj.docstring.value = as_list(obj.docstring.value)


def as_list(text: str) -> str:
    lines: list[str] = []
    inside = False
    for line in text.splitlines():
        named = re.match(r"([a-z_]+(?:, [a-z_]+)*)(?: {2,}(.*))?$", line)
        if named and (named[2] or ", " in line):
            if not inside and lines and lines[-1]:
                lines.append("")
            inside = True
            lines.append(f"- `{named[1].replace(', ', '`, `')}`: {named[2] or ''}".rstrip())
        elif inside and line.startswith("    "):
            lines.append("  " + line.strip())
        else:
            inside = False
            lines.append(line)
    return "\n".join(lines)
