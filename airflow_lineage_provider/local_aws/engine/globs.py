"""
Exclusion patterns of crawler targets.

.. seealso:: AWS Glue Developer Guide, "Include and exclude patterns".
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from airflow_lineage_provider.local_aws.engine.errors import InvalidPatternError

__all__ = ["Exclusions", "glob_to_regex"]


class Exclusions:
    """
    The exclusions of one target, matched against paths relative to the include path.

    :param patterns: Glob patterns.
    :raises InvalidPatternError: If a pattern is not a glob.
    """

    def __init__(self, patterns: Iterable[str] = ()) -> None:
        self.patterns = tuple(patterns)
        self._regexes = tuple(re.compile(glob_to_regex(pattern), re.DOTALL) for pattern in self.patterns)

    def exclude(self, relative_path: str) -> bool:
        """Tell whether a path is left out."""
        return any(regex.fullmatch(relative_path) for regex in self._regexes)


def glob_to_regex(pattern: str) -> str:
    """
    Translate a glob to a regular expression for a full match.

    ``*`` and ``?`` stay inside one name, ``**`` crosses ``/``; ``[…]``, ``[!…]``, ``{a,b}`` and the backslash
    work as Glue documents them; braces do not nest. A leading dot is an ordinary character.

    :raises InvalidPatternError: If a bracket or brace is not closed, or braces nest.
    """
    return _Translation(pattern).run()


class _Translation:
    """One pass over one pattern."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._in_braces = False
        self._out: list[str] = []

    def run(self) -> str:
        while self._at < len(self._pattern):
            letter = self._pattern[self._at]
            self._at += 1
            self._out.append(self._translate(letter))
        if self._in_braces:
            raise self._invalid("a brace is not closed")
        return "".join(self._out)

    def _translate(self, letter: str) -> str:
        match letter:
            case "*":
                return self._star()
            case "?":
                return "[^/]"
            case "[":
                return self._character_class()
            case "\\":
                return re.escape(self._take("a backslash ends the pattern"))
            case "{" | "}":
                return self._brace(letter)
            case "," if self._in_braces:
                return "|"
            case _:
                return re.escape(letter)

    def _star(self) -> str:
        if self._pattern.startswith("*", self._at):
            self._at += 1
            return ".*"
        return "[^/]*"

    def _brace(self, letter: str) -> str:
        if letter == "{" and self._in_braces:
            raise self._invalid("braces do not nest")
        if letter == "}" and not self._in_braces:
            return re.escape(letter)
        self._in_braces = letter == "{"
        return "(?:" if self._in_braces else ")"

    def _character_class(self) -> str:
        """Translate ``[…]``; inside, ``*``, ``?`` and the backslash stand for themselves."""
        negated = self._pattern.startswith("!", self._at)
        start = self._at + negated
        end = self._pattern.find("]", start)
        if end == -1:
            raise self._invalid("a bracket is not closed")
        members = self._pattern[start:end]
        if not members:
            raise self._invalid("a bracket is empty")
        self._at = end + 1
        first, rest = members[0], members[1:]
        escaped = re.escape(first) + re.sub(r"([\\\[\]^&~|*?])", r"\\\1", rest)
        expression = f"[^{escaped}/]" if negated else f"(?!/)[{escaped}]"
        try:
            re.compile(expression)
        except re.error as error:
            raise self._invalid(f"the bracket [{members}] is not a set of characters") from error
        return expression

    def _take(self, problem: str) -> str:
        if self._at >= len(self._pattern):
            raise self._invalid(problem)
        self._at += 1
        return self._pattern[self._at - 1]

    def _invalid(self, problem: str) -> InvalidPatternError:
        return InvalidPatternError(pattern=self._pattern, problem=problem)
