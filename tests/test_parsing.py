"""What parses text that strangers wrote, against the libraries and rules that say what is right."""

from __future__ import annotations

import email.parser
import email.policy
import os
from unittest import mock

import packaging.requirements
import packaging.utils
import pytest
from hypothesis import example, given, settings, strategies as st

from snapshot_restore_py import _loading, _metadata, _order
from snapshot_restore_py._errors import PluginError
from snapshot_restore_py._plugins import PluginState

# More, by hand: SNAPSHOT_RESTORE_EXAMPLES=20000 python -m pytest tests/test_parsing.py
EXAMPLES = int(os.environ.get("SNAPSHOT_RESTORE_EXAMPLES", "200"))
many = settings(max_examples=EXAMPLES, deadline=None)

names = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,8}[A-Za-z0-9])?", fullmatch=True)
words = st.text("abc XY.é:;,-_", max_size=12).map(str.strip)
fields = st.sampled_from(
    ["Name", "Version", "Requires-Dist", "NAME", "requires-dist", "Author", "Summary", "License"]
)
headers = st.lists(st.tuples(fields, words, st.lists(words.filter(bool), max_size=2)), max_size=8)


@many
@given(headers, st.sampled_from(["\n", "\r\n", "\r"]), st.text("ab:\n é", max_size=30))
def test_a_metadata_header_is_read_as_a_mails(lines, end, description):
    text = "".join(
        f"{field}: {value}\n" + "".join(f"        {more}\n" for more in folded)
        for field, value, folded in lines
    )
    text += "\n" + description
    found = list(_metadata.header(text.replace("\n", end).encode()))
    mail = email.parser.Parser(policy=email.policy.compat32).parsestr(text)
    wanted = [
        (field.lower(), value)
        for field, value in mail.items()
        if field.lower() in ("name", "version", "requires-dist")
    ]
    spaceless = [(field.decode(), "".join(value.decode().split())) for field, value in found]
    assert spaceless == [(field, "".join(value.split())) for field, value in wanted]


requirements = st.builds(
    "{}{}{}{}".format,
    names,
    st.sampled_from(["", "[extra]", " [a,b]"]),
    st.sampled_from(["", ">=2", " == 1.0", "~=1.4", " (>=2,<3)", " @ https://example.org/x.whl"]),
    st.sampled_from(["", " ; python_version < '4'", "; extra == 'x'"]),
)


@many
@given(requirements)
@example("Foo.Bar__baz>=1")
def test_a_requirements_name_is_the_librarys(requirement):
    try:
        name = packaging.requirements.Requirement(requirement).name
    except packaging.requirements.InvalidRequirement:
        return
    assert _order.required_name(requirement) == packaging.utils.canonicalize_name(name)


@many
@given(st.text(max_size=20))
def test_any_requirement_gives_some_name(requirement):
    assert isinstance(_order.required_name(requirement), str)


@many
@given(names)
def test_names_are_normalised_as_the_library_does_it(name):
    assert _metadata.normalize(name) == packaging.utils.canonicalize_name(name)


PLUGINS = [("a", "one"), ("a", "two"), ("b", "one"), ("one", "three"), ("c", "three")]
choices = st.lists(
    st.sampled_from(
        ["a", "b", "c", "one", "two", "Three", "two:a", "three : c", "none", "missing", "", " "]
    ).flatmap(lambda name: st.sampled_from([name, f"-{name}"] if name.strip() else [name])),
    max_size=4,
).map(",".join)


def naive(choice: str) -> list[str] | None:
    """Return what is loaded, in order, by the words of the documentation; None: refused."""
    parts = [part.strip() for part in choice.split(",") if part.strip()]
    minus = [part for part in parts if part.startswith("-")]
    if minus and len(minus) != len(parts):
        return None
    every = [f"{distribution}:{name}" for name, distribution in PLUGINS]
    if parts in ([], ["none"]):
        return []
    chosen: list[str] = []
    for part in parts:
        word = part.lstrip("-").strip()
        by_name = [full for full in every if full.partition(":")[2] == word]
        by_distribution = [full for full in every if full.partition(":")[0] == word.lower()]
        both = ":".join(one.strip() for one in word.split(":"))
        chosen += by_name or by_distribution or [full for full in every if full == both]
    if minus:
        return [full for full in every if full not in chosen]
    return list(dict.fromkeys(chosen))


@many
@given(choices)
def test_a_choice_means_what_the_documentation_says(choice):
    plugins = [PluginState(name, "module", distribution) for name, distribution in PLUGINS]
    expected = naive(choice)
    with mock.patch.dict(os.environ, {"SNAPSHOT_RESTORE_PLUGINS": choice}):
        if expected is None:
            with pytest.raises(PluginError, match="mixes plugins"):
                _loading.choose(plugins)
            return
        chosen = _loading.choose(plugins)
    loaded = [f"{one.distribution}:{one.name}" for one in chosen if one.status == "waiting"]
    assert loaded == expected
    assert [one.rank for one in chosen] == list(range(len(chosen)))


@many
@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_an_error(data):
    for name, value in _metadata.header(data):
        assert isinstance(name, bytes)
        assert isinstance(value, bytes)


def test_the_header_ends_before_a_long_description(tmp_path):
    folder = tmp_path / "lib-1.0.dist-info"
    folder.mkdir()
    with open(folder / "METADATA", "wb") as file:
        file.write(b"Name: lib\nVersion: 1.0\n\n")
        file.truncate(1 << 30)
    assert _metadata.Distribution("lib", str(folder)).version == "1.0"


def test_a_header_that_does_not_end_is_read_to_the_end_of_the_file(tmp_path):
    folder = tmp_path / "lib.dist-info"
    folder.mkdir()
    summary = "a" * 200_000
    (folder / "METADATA").write_text(f"Name: lib\nSummary: {summary}\nVersion: 2.0")
    assert _metadata.Distribution("lib", str(folder)).version == "2.0"
