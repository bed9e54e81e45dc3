"""Takes apart what a handler returned and printed, so that copies can be compared."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

from snapshot_restore_py._rehearsal.inside.answers import is_response_metadata
from snapshot_restore_py._rehearsal.inside.kinds import identity, of_kinds, parts
from snapshot_restore_py._rehearsal.inside.ownership import all_modules
from snapshot_restore_py._rehearsal.inside.reachability import Search
from snapshot_restore_py._rehearsal.inside.tokens import claims_in
from snapshot_restore_py._rehearsal.inside.values import MEASURED, Normalizer, Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_MOST = 10_000  # parts
_MOST_WORDS = 1000  # of a text
_SHORTEST, _LONGEST = 6, 100_000  # characters of a text that is looked for
_WORD_OF = ", word "
_TIME_OF = ", time "
_WORD = re.compile(r"""[^\s,;:=&?/"'(){}\[\]<>|]+""")
# Dates and times of day, which a clock explains.
_TIMES = re.compile(
    r"(?<!\d)(?:\d{4}-\d\d-\d\d(?:[T _](?=\d))?|(?=\d\d?:\d\d(?!\d)))"
    r"(?:\d\d?:\d\d(?::\d\d)?(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)?"
)


class Parts:
    """The parts of a result and of what was printed, down to the words of texts.

    Attributes:
        values: By path, as in `result['body']['id']`.
        is_cut: Whether there were too many.
        explained: The paths of the known values that stand in a part.

    Args:
        known: What explains a part that holds it, by its path.
        given: Numbers that the system gave to this process.
        ending: Texts that explain what is part of them, too.
    """

    def __init__(
        self, known: Mapping[str, Any], given: Iterable[int] = (), ending: Iterable[str] = ()
    ) -> None:
        self.values: dict[str, Value] = {}
        self.is_cut = False
        self.explained: set[str] = set()
        self._plain: dict[str, Any] = {}
        self._texts = Normalizer(given=given)
        self._ending = list(ending)
        texts = {form: "" for one in self._ending for form in _forms(one)}
        texts.update((form, path) for path, one in known.items() for form in _forms(one))
        self._known = [one for one in texts.items() if len(one[0]) >= _SHORTEST]

    def add(self, value: Any, path: str) -> None:
        """Add what JSON can hold, and the texts in it that are JSON themselves."""
        pending = [(value, path)]
        while pending:
            one, place = pending.pop()
            if len(self.values) >= _MOST:
                self.is_cut = True
                return
            if isinstance(one, dict):
                if is_response_metadata(one):
                    continue
                pending += [(part, f"{place}[{key!r}]") for key, part in one.items()]
            elif isinstance(one, list):
                pending += [(part, f"{place}[{index}]") for index, part in enumerate(one)]
            elif isinstance(one, str):
                whole = _parsed(one)
                if whole is None:
                    self._add_text(one, place)
                else:
                    pending.append((whole, place))
            elif one is not None:
                self._keep(one, place, one)

    def add_lines(self, text: str) -> None:
        """Add what was printed."""
        for number, line in enumerate(text.splitlines(), 1):
            self.add(line, f"line {number} of the output")

    def _add_text(self, text: str, path: str) -> None:
        timeless = _TIMES.sub(" ", text)
        words = _WORD.findall(self._texts.bare(timeless))[:_MOST_WORDS]
        # In memory a word is as it was written, also with what looks as if the system gave it.
        written = _WORD.findall(timeless)[:_MOST_WORDS]
        written = written if len(written) == len(words) else words
        # What a text measures is compared by itself.
        self._keep(text, path, MEASURED.sub("", timeless) if len(words) > 1 else timeless)
        whole = self._texts.value(text, path) if timeless != text else None
        for number, match in enumerate(_TIMES.finditer(text), 1):
            found = self._texts.value(match[0], path)
            # A time of day may belong to another day, which stands beside it in another form.
            has_day = "-" in match[0][:5] or (found and whole and found.number == whole.number)
            if found and has_day and found.kind == "time":
                self._keep(match[0], f"{path}{_TIME_OF}{number}", match[0])
        for number, word in enumerate(words if len(words) > 1 else (), 1):
            self._keep(written[number - 1], f"{path}{_WORD_OF}{number}", word)

    def _keep(self, value: Any, path: str, compared: Any) -> None:
        found = self._texts.value(compared, path)
        text = str(value)
        told = f"{text}\n{claims_in(text)}"
        explained = [known for form, known in self._known if form in told]
        if len(text) >= _SHORTEST and any(text in one for one in self._ending):
            explained.append("")
        self.explained.update(filter(None, explained))
        if found and not explained:
            self.values[path] = found
            self._plain[path] = value

    def places(self, paths: Iterable[str]) -> dict[str, str]:
        """Return where in memory texts are, or words of them, by the paths of the texts."""
        forms: dict[Any, str] = {}
        for path in paths:
            for place, value in self._plain.items():
                is_part = place == path or place.startswith(path + _WORD_OF)
                if is_part and isinstance(value, str) and len(value) >= _SHORTEST:
                    forms.update({value: path, value.encode("utf-8", "replace"): path})
        if not forms:
            return {}
        texts = of_kinds(parts(), lambda kind: kind is str or kind is bytes)
        found = [one for one in texts if one in forms]
        ways = Search(found, all_modules()).paths()
        places: dict[str, str] = {}
        for part in found:
            way = ways.get(identity(part))
            if way:
                places.setdefault(forms[part], way.expression() or way.root)
        return places


def _parsed(text: str) -> Any:
    """Return what a text holds as JSON, if that is an object or a list; else None."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _forms(value: Any) -> Iterable[str]:
    """Yield how a value may stand in a text."""
    if isinstance(value, (str, bytes, bytearray)) and len(value) > _LONGEST:
        return  # Its forms take time, and results are rarely as long.
    if isinstance(value, (bytes, bytearray)):
        yield from (value.hex(), base64.b64encode(value).decode().rstrip("="))
        yield base64.urlsafe_b64encode(value).decode().rstrip("=")
        value = value.decode("latin-1")
    text = str(value)
    yield from (text, text.replace("-", ""))
