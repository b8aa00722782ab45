"""Reasons that journals hold in English, told in Chinese: clause by clause, by templates of what the package writes.

What stands in quotes is what somebody wrote: it is set aside first, so that no word of it is taken for one of ours.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_FORMS = {
    "instant": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "key": r"[A-Za-z][\w.]*",
    "most": r"\d+",
    "new_type": r"[\w-]+(?:\.[\w-]+)+",
    "number": r"\d+",
    "old_type": r"[\w-]+(?:\.[\w-]+)+",
    "run": r"[\w-]+",
    "why": ".+",
}
"""What a brace of that name takes, where anything would take too much."""
_ANY = r"(?:\{.*\}|(?!: ).)+?"
"""What any other brace takes: all but the colon behind which a clause of its own begins; a mapping has colons within."""
_NESTED = "why"
"""A brace that holds a clause of its own, or else words of AWS, which stay as they are."""
_LISTED = "known"
"""A brace that holds names with commas between them."""
_BETWEEN = "; "
"""Between two clauses."""
_BRACE = re.compile(r"\{(\w+)\}")
_QUOTED = re.compile(r"""(?<!\w)(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")(?!\w)""")
_SET_ASIDE = re.compile("\ue000([0-9]+)\ue001")


@dataclass(frozen=True, slots=True)
class _Template:
    """A clause of ours: its English, and its Chinese."""

    english: str
    pattern: re.Pattern[str]
    told: str
    longest: str
    """The longest piece between its braces: what lacks it need not be held against the pattern."""

    @property
    def words(self) -> str:
        """What the clause says beside what stands in its braces."""
        return _BRACE.sub("", self.english)


@dataclass(frozen=True, slots=True)
class _Told:
    """A clause as it is told."""

    text: str
    is_ours: bool
    """Whether something of it was recognized."""
    ends_ours: bool
    """Whether it does not end in words that were not."""


class Catalogue:
    """Templates of clauses, English → Chinese."""

    def __init__(self, templates: Mapping[str, str]) -> None:
        """Compile the templates; a clause that several take is told by the one with the most words of its own."""
        known = [
            _Template(english, re.compile(_pattern(english)), told, max(_BRACE.sub("\n", english).split("\n"), key=len))
            for english, told in templates.items()
        ]
        self._templates: Sequence[_Template] = sorted(known, key=lambda template: -len(template.words))

    def tell(self, text: str) -> str:
        """Tell a reason on one line; clauses that no template takes stay as they are."""
        quoted: list[str] = []

        def set_aside(found: re.Match[str]) -> str:
            quoted.append(found[0])
            return f"\ue000{len(quoted) - 1}\ue001"

        told = self._sentence(_QUOTED.sub(set_aside, text))
        return _SET_ASIDE.sub(lambda found: quoted[int(found[1])], told)

    def _sentence(self, text: str) -> str:
        first, *others = map(self._clause, text.removesuffix(".").split(_BETWEEN))
        told, last = first.text, first
        for last in others:
            told += (_ours("；", told) if last.is_ours else _BETWEEN) + last.text
        if not text.endswith("."):
            return told
        return told + (_ours("。", told) if last.ends_ours else ".")

    def _clause(self, text: str) -> _Told:
        for template in self._templates:
            found = template.pattern.fullmatch(text) if template.longest in text else None
            if found is None:
                continue
            nested = self._clause(found[_NESTED]) if _NESTED in found.re.groupindex else None
            if nested is None or nested.is_ours or re.search(r"\w", template.words):
                return _fill(template, found.groupdict(), nested)
        return _Told(text, is_ours=False, ends_ours=False)


def _fill(template: _Template, values: Mapping[str, str], nested: _Told | None) -> _Told:
    told = {name: value.replace(", ", "、") if name == _LISTED else value for name, value in values.items()}
    ends_ours = True
    if nested is not None:
        told[_NESTED] = nested.text
        ends_ours = nested.ends_ours or not template.english.endswith(f"{{{_NESTED}}}")
    return _Told(template.told.format(**told), is_ours=True, ends_ours=ends_ours)


def _ours(mark: str, told: str) -> str:
    """Give the mark that follows what was told; a question has its own."""
    return "" if told.endswith("？") else mark


def _pattern(template: str) -> str:
    """Write the pattern of a template, the braces as groups of their names."""
    pieces = _BRACE.split(template)
    return "".join(
        re.escape(piece) if number % 2 == 0 else f"(?P<{piece}>{_FORMS.get(piece, _ANY)})"
        for number, piece in enumerate(pieces)
    )
