"""Error messages for wrong arguments: one sentence that names the argument and the correction.

The extension calls `refusal` if no signature of a function fits a call. The extension knows only
the signature of the function, which is parsed here.
"""

import ast
import builtins
import difflib
import importlib
import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from webtool.exceptions import InvalidArgument

#: The correction for an argument of that name.
_CURES = {
    "cache": 'make one with RedisCache("redis://127.0.0.1:6379/0") or InMemoryCache()',
    "jwt_service": "make one with JWTService(cache, secret_key=...)",
    "limiter": "make one with RedisLimiter(cache) or InMemoryLimiter()",
    "rules": "make them with LimitRule(...)",
}
#: The largest integer of the core. Larger numbers and negative numbers are out of range.
_LARGEST = 2**32 - 1
#: The core's limit of times in seconds, about 300 years.
_LONGEST = 9e9


def refusal(function: Any, given: list[Any], named: dict[str, Any]) -> Exception:
    """Returns the exception that describes the error in the call."""
    text = function.__nb_signature__[0][0]
    arguments = _arguments_of(text)
    name = function.__qualname__.removesuffix(".__init__")
    positional = arguments.posonlyargs + arguments.args
    known = {argument.arg: argument.annotation for argument in positional + arguments.kwonlyargs}
    values = dict(zip([argument.arg for argument in positional], given, strict=False))
    if len(given) > len(positional):
        return TypeError(_too_many(name, arguments))
    for argument in named:
        if argument in values:
            return TypeError(f"{name}: {argument} is given twice")
        if argument not in known:
            return TypeError(_unknown(name, argument, known))
    values |= named
    for argument in _required(arguments):
        if argument not in values:
            return TypeError(f"{name}: {argument} is missing{_cure(argument)}")
    for argument, value in values.items():
        annotation = known[argument]
        if annotation is not None and not _accepts(annotation, value):
            return TypeError(_wrong(name, argument, annotation, value))
    for argument, value in values.items():
        if fault := _fault_of(known[argument], value):
            return InvalidArgument(f"{name}: {argument} {fault}")
    return TypeError(f"{name} does not take these arguments: {text}")


class ClassSignature:
    """The `__signature__` of a class of the core. FastAPI reads it in Depends(JWTService); without
    it, FastAPI's error would name a builtin method. An object has the signature of its `__call__`.
    A class derived in Python with its own `__init__` has the signature of that `__init__`."""

    def __get__(self, instance: object | None, owner: Any) -> Any:
        if instance is not None or not hasattr(owner.__init__, "__nb_signature__"):
            raise AttributeError("__signature__")
        raise InvalidArgument(
            f"{owner.__name__} is a class and cannot be a dependency: make one object of it, as in "
            f"made = {owner.__name__}(...), and use the object, as in Depends(made)"
        )


def _fault_of(annotation: ast.expr | None, value: object) -> str | None:
    """Returns the fault of a value that has the right type."""
    choices = [] if annotation is None else _choices(annotation)
    if isinstance(value, str):
        if not _is_text(value):
            return "contains an unpaired surrogate, which is not valid text"
        literals = [choice for choice in choices if _literals_of(choice)]
        if literals and len(literals) == len([one for one in choices if _class_of(one) is str]):
            allowed = [name for choice in literals for name in _literals_of(choice)]
            if value not in allowed:
                return "must be " + " or ".join(map(repr, allowed))
    if type(value) is int and not 0 <= value <= _LARGEST:
        return "is out of range"
    if type(value) is float and not abs(value) < _LONGEST:
        return "is out of range"
    if isinstance(value, timedelta):
        if not abs(value.total_seconds()) < _LONGEST:
            return "is out of range"
        if value.microseconds and any(_class_of(choice) is int for choice in choices):
            return "must be whole seconds"
    if value == [] and any(_class_of(choice) is list for choice in choices):
        return "is empty"
    return None


def _literals_of(annotation: ast.expr) -> list[str]:
    if not isinstance(annotation, ast.Subscript):
        return []
    if ast.unparse(annotation.value) != "typing.Literal":
        return []
    names = annotation.slice
    elements = names.elts if isinstance(names, ast.Tuple) else [names]
    return [str(one.value) for one in elements if isinstance(one, ast.Constant)]


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _arguments_of(signature: str) -> ast.arguments:
    # nanobind writes \0 or \=0 and so on in place of default values.
    (function,) = ast.parse(re.sub(r"\\=?\d+", "...", signature) + ": ...").body
    assert isinstance(function, ast.FunctionDef)
    return function.args


def _required(arguments: ast.arguments) -> list[str]:
    positional = arguments.posonlyargs + arguments.args
    without = positional[: len(positional) - len(arguments.defaults)]
    by_name = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return [one.arg for one in without] + [one.arg for one, default in by_name if default is None]


def _too_many(name: str, arguments: ast.arguments) -> str:
    count = len([one for one in arguments.posonlyargs + arguments.args if one.arg != "self"])
    takes = f"{count} argument{'' if count == 1 else 's'}" if count else "no argument"
    text = f"{name} takes {takes} without a name"
    if arguments.kwonlyargs:
        names = ", ".join(f"{one.arg}=" for one in arguments.kwonlyargs)
        text += f": give the others by name ({names})"
    return text


def _unknown(name: str, argument: str, known: dict[str, Any]) -> str:
    close = difflib.get_close_matches(argument, known, 1)
    meant = f": did you mean {close[0]}?" if close else ""
    if not close and len(known) > 1:
        meant = ": its arguments are " + ", ".join(one for one in known if one != "self")
    return f"{name} has no argument {argument}{meant}"


def _wrong(name: str, argument: str, annotation: ast.expr, value: object) -> str:
    kinds = [_shown(choice) for choice in _choices(annotation)]
    wanted = " or ".join(filter(None, [", ".join(kinds[:-1]), kinds[-1]]))
    if isinstance(value, type):
        for choice in _choices(annotation):
            kind = _class_of(choice)
            if isinstance(kind, type) and issubclass(value, kind):
                return (
                    f"{name}: {argument} is the class {value.__name__}: give an object of the "
                    f"class, {value.__name__}(...)"
                )
    kind = type(value)
    own = "" if kind.__module__ in ("builtins", "webtool._core") else f"{kind.__module__}."
    return f"{name}: {argument} must be {wanted}, not {own}{kind.__qualname__}{_cure(argument)}"


def _cure(argument: str) -> str:
    return f": {_CURES[argument]}" if argument in _CURES else ""


def _choices(annotation: ast.expr) -> list[ast.expr]:
    if isinstance(annotation, ast.BinOp):
        return _choices(annotation.left) + _choices(annotation.right)
    return [annotation]


def _shown(annotation: ast.expr) -> str:
    text = re.sub(r"\b(?:\w+\.)+(\w+)", r"\1", ast.unparse(annotation))
    if literal := re.fullmatch(r"Literal\[(.*)\]", text):
        return literal[1].replace(", ", " or ")
    return text


def _accepts(annotation: ast.expr, value: object) -> bool:
    for choice in _choices(annotation):
        kind = _class_of(choice)
        if kind is None or (kind is float and type(value) is int):
            return True
        if kind is Iterable and isinstance(value, str):
            continue  # a str is an iterable of str, but a mistake for a list of them
        if kind is int and isinstance(value, bool):
            continue
        if isinstance(value, kind) and _accepts_items(choice, value):
            return True
    return False


def _accepts_items(annotation: ast.expr, value: object) -> bool:
    if not isinstance(annotation, ast.Subscript) or not isinstance(value, list | tuple | set):
        return True
    if isinstance(annotation.slice, ast.Tuple):
        return True
    return all(_accepts(annotation.slice, item) for item in value)


def _class_of(annotation: ast.expr) -> type | None:
    # Returns None if the annotation does not restrict the type.
    if isinstance(annotation, ast.Constant):
        return type(None) if annotation.value is None else None
    if isinstance(annotation, ast.Subscript):
        annotation = annotation.value
    module, _, name = ast.unparse(annotation).rpartition(".")
    if (module, name) == ("typing", "Literal"):
        return str
    found: Any = None
    if module:
        found = getattr(importlib.import_module(module), name, None)
    else:
        found = getattr(builtins, name, None)
        found = found or getattr(importlib.import_module("webtool._core"), name, None)
    return found if isinstance(found, type) else None
