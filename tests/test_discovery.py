"""Finding entry points: the same answer as `importlib_metadata`, whatever the environment."""

from __future__ import annotations

import errno
import importlib.metadata
import os
import string
import sys
import tempfile
import zipfile
from collections import Counter
from pathlib import Path
from unittest import mock

import importlib_metadata
import packaging.version
import pytest
from hypothesis import given, settings, strategies as st

from snapshot_restore_py import (
    _discovery,
    _distributions,
    _foreign,
    _metadata,
    _plugins,
    _versions,
)
from tests.conftest import zip_up

GROUP = "snapshot_restore_py"
LIBRARY_VERSION = tuple(map(int, importlib_metadata.version("importlib-metadata").split(".")[:2]))
# Metadata folders without a metadata file give way to others since this version.
PREFERS_VALID = LIBRARY_VERSION >= (10, 1)
# Values of the wrong form make older ones refuse the whole file.
INVALID_TEXTS = [f"[{GROUP}]\nname = module # not a comment\nequals = a = b\nno.value =\n"] * (
    LIBRARY_VERSION >= (10, 0)
)


def ours() -> list[_plugins.EntryPoint]:
    look = _discovery.Look()
    return _plugins.find_entry_points(look, _distributions.Installed(look))


def found(path: list[object]) -> Counter[tuple[str, str]]:
    with mock.patch.object(sys, "path", path):
        entry_points = ours()
    assert [one.error for one in entry_points] == [None] * len(entry_points)
    return Counter((one.name, one.value) for one in entry_points)


def found_by_library(path: list[object]) -> Counter[tuple[str, str]]:
    with mock.patch.object(sys, "path", path):
        entry_points = importlib_metadata.entry_points(group=GROUP)
    return Counter((one.name, one.value) for one in entry_points)


def assert_same(path: list[object], *expected: tuple[str, str]) -> None:
    assert found(path) == Counter(expected)
    assert found_by_library(path) == Counter(expected)


class TestNamedCases:
    def test_a_distribution_of_pip_is_found(self, site):
        site.add("one", {"name": "module:attribute"})
        assert_same([str(site.path)], ("name", "module:attribute"))

    def test_the_first_on_the_path_shadows_later_ones(self, site, tmp_path):
        other = type(site)(tmp_path / "other")
        site.add("My.Lib", {"first": "first"})
        other.add("my--lib", {"second": "second"}, version="2.0")
        (other.path / "my__lib-2.0.dist-info").rename(other.path / "my_lib-2.0.dist-info")
        assert_same([str(site.path), str(other.path)], ("first", "first"))
        assert_same([str(other.path), str(site.path)], ("second", "second"))

    def test_a_distribution_without_entry_points_shadows_too(self, site, tmp_path):
        other = type(site)(tmp_path / "other")
        site.add("lib")
        other.add("lib", {"shadowed": "module"})
        assert_same([str(site.path), str(other.path)])

    def test_an_egg_info_folder_is_found(self, site):
        site.add("lib", {"name": "module"}, info="egg-info")
        assert_same([str(site.path)], ("name", "module"))

    def test_an_egg_info_folder_without_a_version_is_found(self, site):
        site.add("lib", {"name": "module"}, info="egg-info").rename(site.path / "lib.egg-info")
        assert_same([str(site.path)], ("name", "module"))

    def test_an_egg_info_file_shadows_and_declares_nothing(self, site, tmp_path):
        other = type(site)(tmp_path / "other")
        other.add("lib", {"shadowed": "module"})
        (site.path / "lib-1.0-py3.9.egg-info").write_text("Name: lib\nVersion: 1.0\n")
        assert_same([str(site.path), str(other.path)])

    @pytest.mark.parametrize("label", ["EGG-INFO", "egg-info"])
    def test_an_egg_on_the_path_is_found(self, tmp_path, label):
        egg = tmp_path / "Some_Lib-1.0-py3.9.egg"
        (egg / label).mkdir(parents=True)
        (egg / label / "PKG-INFO").write_text("Metadata-Version: 1.0\nName: lib\nVersion: 1.0\n")
        (egg / label / "entry_points.txt").write_text(f"[{GROUP}]\nname = module\n")
        assert_same([str(egg)], ("name", "module"))

    def test_an_egg_info_folder_in_a_plain_folder_is_nothing(self, site):
        (site.path / "EGG-INFO").mkdir()
        (site.path / "EGG-INFO" / "entry_points.txt").write_text(f"[{GROUP}]\nname = module\n")
        (site.path / "mylib-info").mkdir()
        assert_same([str(site.path)])

    def test_a_folder_whose_ending_is_in_upper_case_takes_its_name_from_the_metadata(
        self, site, tmp_path
    ):
        other = type(site)(tmp_path / "other")
        site.add("lib", {"name": "module"}).rename(site.path / "strange-1.0.DIST-INFO")
        other.add("lib", {"shadowed": "module"})
        assert_same([str(site.path), str(other.path)], ("name", "module"))

    @pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
    def test_a_wheel_and_a_zip_file_on_the_path_are_found(self, site, tmp_path, compression):
        site.add("lib", {"name": "module"})
        wheel = tmp_path / "lib-1.0-py3-none-any.whl"
        zip_up(site.path, wheel, compression)
        assert_same([str(wheel)], ("name", "module"))

    def test_a_zipped_egg_on_the_path_is_found(self, tmp_path):
        egg = tmp_path / "lib-1.0.egg"
        with zipfile.ZipFile(egg, "w") as archive:
            archive.writestr("EGG-INFO/PKG-INFO", "Metadata-Version: 1.0\nName: lib\nVersion: 1\n")
            archive.writestr("EGG-INFO/entry_points.txt", f"[{GROUP}]\nname = module\n")
        assert_same([str(egg)], ("name", "module"))

    def test_zip_files_and_folders_shadow_each_other_by_their_place(self, site, tmp_path):
        other = type(site)(tmp_path / "other")
        site.add("lib", {"zipped": "module"})
        other.add("lib", {"plain": "module"})
        archive = tmp_path / "site.zip"
        zip_up(site.path, archive)
        assert_same([str(archive), str(other.path)], ("zipped", "module"))
        assert_same([str(other.path), str(archive)], ("plain", "module"))

    @pytest.mark.parametrize(
        "text",
        [
            f"[{GROUP}]\nname=module",
            f"  [{GROUP}]  \n\t name\t=  module  \n",
            f"# comment\n\n[{GROUP}]\n# other = comment\nname = module\n; x = y\n",
            f"[{GROUP}]\r\nname = module\r\n",
            f"[{GROUP}]\rname = module\r",
            f"[other]\nname = other\n[{GROUP}]\nname = module\n[third]\nname = third\n",
            f"[{GROUP}]\nfirst = one\n[other]\nx = y\n[{GROUP}]\nsecond = two\n",
            f"[[{GROUP}]]\nname = module\n",
            f"[{GROUP.upper()}]\nname = module\n",
            f"[{GROUP}.more]\nname = module\n[ {GROUP} ]\nname = module\n",
            f"[{GROUP}]\nName = m\nname = m\nNAME = m\nname = m\n",
            f"[{GROUP}]\nname = module:attribute.other [extra1, extra2]  \n",
            f"[{GROUP}]\nname with spaces = module : attribute\n= no.name\n",
            f"\ufeff[{GROUP}]\nname = module\n",
            f"name = before.any.section\n[{GROUP}]\n",
            f"name = {GROUP}\n[other]\n{GROUP} = {GROUP}\n",
            f"[{GROUP}]\nnäme = mödule\n",
            "",
            *INVALID_TEXTS,
        ],
    )
    def test_odd_texts_are_read_as_the_library_reads_them(self, site, text):
        site.add("lib", text)
        path: list[object] = [str(site.path)]
        with mock.patch.object(sys, "path", path):
            in_library = [
                (one.name, one.value)
                for one in importlib_metadata.distribution("lib").entry_points
                if one.group == GROUP
            ]
        assert found(path) == Counter(in_library)

    def test_lines_end_at_line_ends_only(self, site):
        site.add("lib", f"[{GROUP}]\na = m\x0bb = n\x0cc = o\u2028d = p\x85e = q\r\nz = z\n")
        assert found([str(site.path)]) == Counter(
            [("a", "m\x0bb = n\x0cc = o\u2028d = p\x85e = q"), ("z", "z")]
        )

    def test_paths_that_no_system_call_takes_are_passed_over(self, site):
        class Refusing(os.PathLike):
            def __fspath__(self):
                raise RuntimeError

        site.add("lib", {"name": "module"})
        path = ["null\0byte", "\ud800", Refusing(), mock.MagicMock(spec=os.PathLike), site.path]
        path[3].__fspath__.return_value = b"bytes"
        assert found(path) == Counter([("name", "module")])

    @pytest.mark.parametrize("compress", [False, True])
    def test_leftovers_of_pip_are_nothing(self, site, tmp_path, compress):
        site.add("lib", {"name": "module"}).rename(site.path / "~lib-1.0.dist-info")
        archive = tmp_path / "archive.zip"
        zip_up(site.path, archive)
        assert found([str(archive if compress else site.path)]) == Counter()

    @pytest.mark.parametrize("compress", [False, True])
    def test_what_other_groups_hold_need_not_be_text(self, site, tmp_path, compress):
        site.add("lib", f"[other]\nx\xff = y\n[{GROUP}]\nname = module\n".encode("latin-1"))
        archive = tmp_path / "archive.zip"
        zip_up(site.path, archive)
        assert found([str(archive if compress else site.path)]) == Counter([("name", "module")])

    @pytest.mark.parametrize("metadata", [b"", b"Version: 2\n\n", b"\xff\n", b"Name\n"])
    @pytest.mark.parametrize("compress", [False, True])
    def test_without_a_name_the_folders_name_tells_it(self, site, tmp_path, metadata, compress):
        site.add("My-Lib", {"name": "module"}, metadata=metadata)
        archive = tmp_path / "archive.zip"
        zip_up(site.path, archive)
        with mock.patch.object(sys, "path", [str(archive if compress else site.path)]):
            assert [one.distribution.name for one in ours()] == ["my-lib"]

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes")
    @pytest.mark.parametrize("file", ["entry_points.txt", "METADATA"])
    @pytest.mark.parametrize("kind", ["pipe", "device", "sparse"])
    def test_only_regular_files_of_a_sane_size_are_metadata(self, site, file, kind):
        path = site.add("lib", {"name": "module"}) / file
        path.unlink()
        if kind == "pipe":
            os.mkfifo(path)
        elif kind == "device":
            path.symlink_to("/dev/zero")
        else:
            path.touch()
            os.truncate(path, 1 << 30)
        with mock.patch.object(sys, "path", [str(site.path)]):
            look = _discovery.Look()
            plugins = _plugins.find_plugins(look, _distributions.Installed(look))
        assert [(plugin.status, type(plugin.error)) for plugin in plugins] == [
            ("failed", _discovery.MetadataError)
        ]

    @pytest.mark.skipif(not hasattr(os, "symlink"), reason="needs symbolic links")
    def test_a_loop_of_symbolic_links_is_no_metadata(self, site):
        path = site.add("lib", {"name": "module"}) / "entry_points.txt"
        path.unlink()
        path.symlink_to(path)
        assert found([str(site.path)]) == Counter()

    def test_missing_and_repeated_and_strange_path_entries_do_no_harm(self, site, tmp_path):
        site.add("lib", {"name": "module"})
        a_file = tmp_path / "file.txt"
        a_file.write_text("not a zip file")
        path = [
            str(tmp_path / "missing"),
            str(site.path),
            str(a_file),
            str(a_file / "inside"),
            site.path,
            str(site.path) + os.sep,
            str(site.path),
        ]
        assert_same(path, ("name", "module"))
        assert found([b"bytes", None, 3, *path]) == Counter([("name", "module")])

    def test_an_empty_path_entry_is_the_working_directory(self, site, monkeypatch):
        site.add("lib", {"name": "module"})
        monkeypatch.chdir(site.path)
        assert_same([""], ("name", "module"))

    def test_an_unreadable_folder_is_passed_over(self, site, tmp_path):
        site.add("lib", {"name": "module"})
        locked = tmp_path / "locked"
        locked.mkdir()
        listdir = os.listdir

        def refusing(path):
            if str(path) == str(locked):
                raise PermissionError(13, "Permission denied", str(path))
            return listdir(path)

        with mock.patch.object(os, "listdir", refusing):
            assert_same([str(locked), str(site.path)], ("name", "module"))

    def test_a_folder_whose_ending_and_metadata_tell_nothing_is_told_by_its_own_name(self, site):
        folder = site.add("lib", {"name": "module"}, metadata=b"Name: \xff\n")
        folder.rename(site.path / "strange-1.0.Dist-Info")
        assert found([str(site.path)]) == Counter([("name", "module")])

    def test_an_ending_that_only_looks_like_metadata_is_none(self, site):
        site.add("lib", {"name": "module"}).rename(site.path / "strange-1.0.DIST-INFO")
        (site.path / "strange-1.0.DIST-INFO").rename(site.path / "strange-Info")
        assert_same([str(site.path)])

    def test_a_file_that_vanishes_at_the_wrong_moment_is_none(self, site, monkeypatch):
        site.add("lib")
        monkeypatch.setattr(os, "access", lambda path, mode: True)
        assert found([str(site.path)]) == Counter()

    def test_entry_points_that_are_a_folder_are_none(self, site):
        (site.add("lib") / "entry_points.txt").mkdir()
        assert_same([str(site.path)])

    def test_a_leftover_without_a_metadata_file_gives_way(self, site, tmp_path):
        other = type(site)(tmp_path / "other")
        (site.add("lib", {"leftover": "module"}) / "METADATA").unlink()
        other.add("lib", {"whole": "module"})
        path: list[object] = [str(site.path), str(other.path)]
        assert found(path) == Counter([("whole", "module")])
        if PREFERS_VALID:
            assert found_by_library(path) == Counter([("whole", "module")])

    @pytest.mark.parametrize("compress", [False, True])
    def test_a_leftover_gives_way_to_a_zip_file_and_the_other_way_round(
        self, site, tmp_path, compress
    ):
        other = type(site)(tmp_path / "other")
        leftover, whole = (other, site) if compress else (site, other)
        (leftover.add("lib", {"leftover": "module"}) / "METADATA").unlink()
        whole.add("lib", {"whole": "module"})
        archive = tmp_path / "archive.zip"
        zip_up(site.path, archive)
        for path in ([str(archive), str(other.path)], [str(other.path), str(archive)]):
            assert found(list(path)) == Counter([("whole", "module")])

    @pytest.mark.parametrize(
        "versions",
        [
            ["1.9", "1.10"],
            ["2.0rc1", "2.0"],
            ["2.0.dev3", "2.0a1"],
            ["2.0a1", "2.0b1"],
            ["2.0", "2.0.post1"],
            ["2.0", "2.0.1"],
            ["2.0.post1", "2.0.1"],
            ["", "0.1"],
            ["2.0", "1!1.0"],
            ["1.0", "1.0+local"],
            ["1.0+local", "1.0+2"],
        ],
    )
    @pytest.mark.parametrize("reverse", [False, True])
    def test_of_two_in_one_folder_the_newer_counts_in_any_order_of_the_file_system(
        self, site, versions, reverse
    ):
        for version in versions:
            site.add("lib", {"of": f"v{tidy(version)}"}, version=version)
        listdir = os.listdir

        def ordered(path):
            return sorted(listdir(path), reverse=reverse)

        with mock.patch.object(os, "listdir", ordered):
            newest = ("of", f"v{tidy(versions[-1])}")
            assert found([str(site.path)]) == Counter([newest])
            zip_up(site.path, site.path.with_suffix(".zip"))
            assert found([str(site.path.with_suffix(".zip"))]) == Counter([newest])


def tidy(version: str) -> str:
    return version.replace(".", "_").replace("!", "_").replace("+", "_")


class Finder:
    """A custom finder of distributions."""

    def __init__(self, *distributions):
        self.distributions = distributions

    def find_spec(self, name, path=None, target=None):
        return None

    def find_distributions(self, context):
        return iter(self.distributions)


class Computed(importlib.metadata.Distribution):
    """A distribution that exists in memory only."""

    def __init__(self, files):
        self.files_by_name = files

    def read_text(self, filename):
        return self.files_by_name.get(filename)

    def locate_file(self, path):
        raise NotImplementedError


class ComputedEntryPoints(Computed):
    @property
    def entry_points(self):
        return [importlib.metadata.EntryPoint("computed", "module:attribute", GROUP)]


def computed(name: str, entry_point: str, kind: type[Computed] = Computed) -> Computed:
    return kind(
        {
            "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
            "entry_points.txt": f"[{GROUP}]\n{entry_point} = module\n",
        }
    )


class TestCustomFinders:
    def test_their_distributions_are_found_beside_those_in_folders(self, site, monkeypatch):
        site.add("lib", {"plain": "module"})
        monkeypatch.setattr(sys, "meta_path", [Finder(computed("x", "custom")), *sys.meta_path])
        assert_same([str(site.path)], ("plain", "module"), ("custom", "module"))

    @pytest.mark.parametrize("first", [True, False])
    def test_they_shadow_and_are_shadowed_by_their_place(self, site, monkeypatch, first):
        site.add("lib", {"plain": "module"})
        finder = Finder(computed("Lib", "custom"))
        place = [finder, *sys.meta_path] if first else [*sys.meta_path, finder]
        monkeypatch.setattr(sys, "meta_path", place)
        assert_same([str(site.path)], ("custom" if first else "plain", "module"))

    def test_entry_points_that_they_compute_are_found(self, site, monkeypatch):
        finder = Finder(computed("x", "ignored", ComputedEntryPoints))
        monkeypatch.setattr(sys, "meta_path", [finder, *sys.meta_path])
        assert_same([str(site.path)], ("computed", "module:attribute"))

    def test_a_distribution_without_entry_points_is_none(self, site, monkeypatch):
        finder = Finder(Computed({"METADATA": "Name: x\nVersion: 1.0\n"}))
        monkeypatch.setattr(sys, "meta_path", [finder, *sys.meta_path])
        assert_same([str(site.path)])

    def test_a_distribution_of_the_stored_kind_is_found(self, site, tmp_path, monkeypatch):
        folder = site.add("lib", {"stored": "module"})
        finder = Finder(importlib_metadata.Distribution.at(folder))
        monkeypatch.setattr(sys, "meta_path", [finder, *sys.meta_path])
        assert_same([str(tmp_path)], ("stored", "module"))

    def test_a_second_finder_of_folders_finds_nothing_twice(self, site, monkeypatch):
        site.add("lib", {"plain": "module"})
        finders = [
            importlib_metadata.MetadataPathFinder(),
            Finder(computed("x", "custom")),
            *sys.meta_path,
        ]
        monkeypatch.setattr(sys, "meta_path", finders)
        assert_same([str(site.path)], ("plain", "module"), ("custom", "module"))

    def test_one_that_raises_is_reported_and_the_others_are_found(self, site, monkeypatch):
        class Broken(Finder):
            def find_distributions(self, context):
                raise RuntimeError("no network")

        site.add("lib", {"plain": "module"})
        nameless = Computed({"entry_points.txt": f"[{GROUP}]\nnameless = module\n"})
        finders = [Broken(), Finder(nameless, computed("x", "custom")), *sys.meta_path]
        monkeypatch.setattr(sys, "meta_path", finders)
        monkeypatch.setattr(sys, "path", [str(site.path)])
        entry_points = ours()
        names = {one.name for one in entry_points if not one.error}
        assert names == {"nameless", "custom", "plain"}
        errors = [one for one in entry_points if one.error]
        assert str(errors[0].error) == "no network"
        assert "Broken" in errors[0].distribution.name
        assert len(errors) == 1


NAMES = ["alpha", "Alpha", "beta", "be.ta", "be_ta", "be__ta", "gamma"]
spaces = st.sampled_from(["", " ", "\t", "  "])
words = st.text(string.ascii_letters + string.digits + "_", min_size=1, max_size=5)
values = st.builds("{}{}".format, words, st.sampled_from(["", ":attr", ":a.b", ":x [extra]"]))
lines = st.one_of(
    st.builds("{}{}{}={}{}".format, spaces, words, spaces, spaces, values),
    st.builds("{}# {}".format, spaces, words),
    st.sampled_from([GROUP, "other", "console_scripts"]).map("[{}]".format),
    spaces,
)
texts = st.one_of(
    st.none(),
    st.lists(lines, max_size=6).map(lambda body: "\n".join([f"[{GROUP}]", *body, ""])),
    st.lists(lines, max_size=4).map(lambda body: "\n".join(["[other]", *body])),
)
distributions = st.tuples(
    st.sampled_from(NAMES),
    st.sampled_from(["dist-info", "egg-info", "file", "upper"]),
    texts,
    st.booleans() if PREFERS_VALID else st.just(True),
)
# Two of one name in one folder are left out: there the library's answer is chance.
folders = st.lists(distributions, max_size=4, unique_by=lambda one: _metadata.normalize(one[0]))
roots = st.tuples(st.sampled_from(["folder", "zip", "egg", "missing", "file"]), folders)


def write_folder(
    root: Path, contents: list[tuple[str, str, str | None, bool]], *, in_zip: bool
) -> None:
    for name, kind, text, has_metadata in contents:
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
        if kind == "file":
            (root / f"{name}-1.0.egg-info").write_text(metadata)
            continue
        folder = root / f"{name}-1.0.{'DIST-INFO' if kind == 'upper' else kind}"
        folder.mkdir()
        if has_metadata or kind == "upper" or in_zip:
            (folder / ("PKG-INFO" if kind == "egg-info" else "METADATA")).write_text(metadata)
        if text is not None:
            (folder / "entry_points.txt").write_text(text)


@settings(deadline=None, max_examples=200)
@given(st.lists(roots, max_size=4), st.randoms(use_true_random=False))
def test_generated_environments_give_the_same_answer_as_the_library(contents, random):
    with tempfile.TemporaryDirectory() as temporary:
        path: list[object] = []
        for number, (kind, inside) in enumerate(contents):
            root = Path(temporary, f"root{number}" + (".egg" if kind == "egg" else ""))
            path.append(str(root))
            if kind == "missing":
                continue
            if kind == "file":
                root.write_text("text")
                continue
            root.mkdir()
            # In a zip file the library cannot name a folder without a metadata file.
            write_folder(root, inside, in_zip=kind == "zip")
            if kind == "egg":
                (root / "EGG-INFO").mkdir()
                write_egg(root / "EGG-INFO", inside)
            if kind == "zip":
                zip_up(root, root.with_suffix(".zip"))
                path[-1] = str(root.with_suffix(".zip"))
        if path and random.random() < 0.5:
            path.append(random.choice(path))
        assert found(path) == found_by_library(path)


def write_egg(folder: Path, inside: list[tuple[str, str, str | None, bool]]) -> None:
    name = f"egg{len(inside)}"
    (folder / "PKG-INFO").write_text(f"Metadata-Version: 1.0\nName: {name}\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text(f"[{GROUP}]\n{name} = module\n")


@given(st.text(string.ascii_letters + ".:[] \t_-,ä1", max_size=12))
def test_values_are_taken_apart_as_the_library_does_it(value):
    value = value.strip()
    try:
        library = importlib_metadata.EntryPoint("name", value, GROUP)
        expected = (library.module, library.attr or "")
    except (AssertionError, AttributeError, ValueError):  # The second one: before 6.5.
        with pytest.raises(ValueError, match="not of the form"):
            _plugins.split_value(value)
    else:
        assert _plugins.split_value(value) == expected


pieces = st.sampled_from(
    [*"0129abvrcx.-_!+ ä²", "alpha", "beta", "rc", "pre", "post", "rev", "dev"]
)
versions = st.lists(pieces, max_size=9).map("".join) | st.builds(
    "{}{}{}{}{}{}".format,
    st.sampled_from(["", "v", "1!", "0!"]),
    st.sampled_from(["1", "1.0", "1.0.0", "1.1", "0", "1.10"]),
    st.sampled_from(["", "a", "-alpha.", "_b1", "rc2", "c.1", "preview1"]),
    st.sampled_from(["", "-1", ".post", "post2", "-r3", "rev"]),
    st.sampled_from(["", ".dev", "dev1", "-dev_2"]),
    st.sampled_from(["", "+abc", "+1", "+1.abc", "+ABC-2", "+10"]),
)


@settings(max_examples=500, deadline=None)
@given(versions, versions)
def test_versions_are_compared_as_packaging_compares_them(one, other):
    keys = [_versions.sort_key(version) for version in (one, other)]
    valid = []
    for version in (one, other):
        try:
            valid.append(packaging.version.Version(version))
        except packaging.version.InvalidVersion:
            valid.append(None)
    assert [bool(key[0]) for key in keys] == [version is not None for version in valid]
    if None not in valid:
        assert (keys[0] < keys[1], keys[0] == keys[1]) == (
            valid[0] < valid[1],
            valid[0] == valid[1],
        )


class TestWhatCannotBeRead:
    """Faults that this machine cannot have, or the root user does not meet, are injected."""

    def find(self, monkeypatch, *path):
        monkeypatch.setattr(sys, "path", [str(one) for one in path])
        look = _discovery.Look()
        return _plugins.find_plugins(look, _distributions.Installed(look))

    def test_a_folder_that_cannot_be_listed_for_want_of_descriptors(
        self, site, tmp_path, monkeypatch
    ):
        site.add("lib", {"lib": "lib"})
        lists = os.listdir

        def listdir(path):
            if path == str(tmp_path):
                raise OSError(errno.EMFILE, "Too many open files", path)
            return lists(path)

        monkeypatch.setattr(os, "listdir", listdir)
        found = self.find(monkeypatch, tmp_path, site.path)
        assert sorted((one.name, one.status) for one in found) == [
            ("", "failed"),
            ("lib", "waiting"),
        ]

    def test_a_metadata_folder_that_cannot_be_entered(self, site, monkeypatch):
        folder = str(site.add("lib", {"other": "lib"}))
        os.remove(f"{folder}/entry_points.txt")
        access = os.access
        monkeypatch.setattr(os, "access", lambda path, mode: path != folder and access(path, mode))
        (found,) = self.find(monkeypatch, site.path)
        assert (found.distribution, found.status) == ("lib", "failed")
        assert isinstance(found.error, PermissionError)

    def test_a_pipe_on_the_path_is_none_of_ours(self, site, tmp_path, monkeypatch):
        site.add("lib", {"lib": "lib"})
        os.mkfifo(tmp_path / "pipe")
        assert [one.name for one in self.find(monkeypatch, tmp_path / "pipe", site.path)] == ["lib"]

    @pytest.mark.parametrize("size", [70_000, 140_000])
    def test_long_requirements_count_to_the_last(self, site, monkeypatch, size):
        fill = tuple(f"other-{number:06}" for number in range(size // 30))
        site.add("a", {"a": "a"}, requires=(*fill, "b"))
        site.add("b", {"b": "b"})
        assert [one.name for one in self.find(monkeypatch, site.path)] == ["b", "a"]

    def test_a_file_in_a_zip_that_is_too_long(self, site, tmp_path, monkeypatch):
        site.add("lib", {"lib": "lib"})
        zip_up(site.path, tmp_path / "site.zip")
        monkeypatch.setattr(_foreign, "MOST", 10)
        (found,) = self.find(monkeypatch, tmp_path / "site.zip")
        assert isinstance(found.error, _discovery.MetadataError)

    def test_of_two_with_unreadable_versions_one_counts(self, site, monkeypatch):
        site.add("lib", {"lib": "lib"}, version="1.0", metadata=b"Name: lib\nVersion: \xff\n")
        site.add("lib", {"lib": "lib"}, version="2.0", metadata=b"Name: lib\nVersion: \xff\n")
        (found,) = self.find(monkeypatch, site.path)
        assert isinstance(found.error, UnicodeDecodeError)

    def test_custom_distributions_that_compute_or_refuse_what_they_tell(self, monkeypatch):
        class Computed(importlib_metadata.Distribution):
            metadata = property(lambda _: {"Name": "Computed", "Version": "2.0"})
            version = "3.0"
            requires = ("other",)

            def read_text(self, filename):
                return f"[{GROUP}]\nname = module\n" if filename == "entry_points.txt" else None

            def locate_file(self, path):
                raise NotImplementedError

        class Undecodable(Computed):
            metadata = property(lambda _: {"Name": "Undecodable"})

            def read_text(self, filename):
                text = super().read_text(filename) or ""
                return (b"[other]\nname = \xff\n" + text.encode()).decode()

        class Refusing(Computed):
            def read_text(self, filename):
                raise OSError(filename)

        class Finder:
            @staticmethod
            def find_spec(name, path=None, target=None):
                return None

            @staticmethod
            def find_distributions(context):
                return [Computed(), Refusing(), Undecodable()]

        monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder])
        found = {one.distribution: one for one in self.find(monkeypatch)}
        assert found["Computed"].version == "3.0"
        assert found["Undecodable"].status == "waiting"

    def test_a_finder_that_fails_and_cannot_be_shown(self, monkeypatch):
        class Finder:
            def __repr__(self):
                raise ValueError

            def find_spec(self, name, path=None, target=None):
                return None

            def find_distributions(self, context):
                raise OSError("offline")

        monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder()])
        (found,) = self.find(monkeypatch)
        assert (found.distribution, str(found.error)) == ("a Finder", "offline")
