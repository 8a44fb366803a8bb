"""What the words of an error may say in a stored result: a result is published, so it quotes no value of the data.

Engines quote the value that they could not read ("Could not convert string 'Jane ...' to INT32"), in quotes or without
them. Words are therefore kept only of errors that name things in the SQL or arguments; of every other only the kind is
told. Does not belong here: which error is a result (`runner`, `validation`, `dbt`).
"""

from __future__ import annotations

import re

WITHHELD = "its words are withheld, because they may quote a value; run the measure in the load's warehouse to see them"
# Kinds whose words name tables, columns, parameters and arguments: nothing of the data.
_SPEAK_OF_NAMES = frozenset(
    {
        *("CatalogException", "BinderException", "ParserException", "SyntaxException", "KeyError", "AttributeError"),
        *("ModuleNotFoundError", "FileNotFoundError", "OverflowError", "ValidationError", "ExpectationNotFoundError"),
        *("SuiteError", "FatalException", "CheckColumnError"),
    }
)
_NAMES_IN_DBT = re.compile(r"(Catalog|Binder|Parser) Error\b")
_DBT_HEAD = re.compile(r"[A-Z]\w+ Error(?= in \w+ \S+ \(\S+\))( in \w+ \S+ \(\S+\))|[A-Z][\w ]+ Error\b")
# DuckDB shows the statement from here on, and a statement may hold literals.
_STATEMENT = re.compile(r"\s*\bLINE \d+:.*", re.DOTALL)
# From the first to the last, because the value may hold quotes itself.
_IN_QUOTES = re.compile(r"'.*'", re.DOTALL)
_LONGEST = 300


class CheckColumnError(ValueError):
    """A measure gives a column that no result may hold; the message names the column."""


def headline(error: BaseException) -> str:
    """The kind of an error, and its first words where they quote no value."""
    kind = type(error).__name__
    if not _SPEAK_OF_NAMES & {parent.__name__ for parent in type(error).__mro__}:
        return f"{kind}: {WITHHELD}"
    # Python quotes the missing key; engines put values in single quotes and names in double ones.
    words = str(error) if isinstance(error, LookupError) else _IN_QUOTES.sub("'...'", _STATEMENT.sub("", str(error)))
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    return f"{kind}: {' '.join(lines[:3])[:_LONGEST] or 'no message'}"


def engine_headline(message: str, trace: str = "") -> str:
    """The kind of an error that an engine gives as text, from the last line of its trace; never its words."""
    if not message and not trace:
        return ""
    last = next((line for line in reversed(trace.splitlines()) if re.match(r"[A-Za-z_][\w.]*(:|$)", line)), "")
    kind = last.partition(":")[0].rpartition(".")[2] or "an error"
    return f"{kind} inside Great Expectations: {WITHHELD}"


def dbt_headline(message: str) -> str:
    """The first words of an error that dbt stored: whole where they name tables and columns, else the kind alone."""
    lines = [line.strip() for line in _STATEMENT.sub("", message).strip().splitlines() if line.strip()]
    if not lines:
        return ""
    if found := next((line for line in lines if _NAMES_IN_DBT.match(line)), ""):
        return _IN_QUOTES.sub("'...'", found)[:_LONGEST]
    head = _DBT_HEAD.match(lines[0])
    return f"{head[0] if head else 'an error'}: {WITHHELD}"
