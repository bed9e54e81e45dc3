"""Whose modules are the function's own, wherever they lie."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.rehearsal.command import Functions

MADE_UP = "import uuid\nIDENTITY = uuid.uuid4().hex\n"
HANDLER = "def handler(event, context): return 1\n"
PATHS = """
import os, sys
for name in ("vendor", "lib"):
    sys.path.insert(0, os.path.join(os.path.dirname(__file__), name))
"""


@pytest.fixture
def libraries(tmp_path: Path) -> Path:
    """A folder for libraries, beside the function's."""
    folder = tmp_path / "environment" / "site-packages"
    folder.mkdir(parents=True)
    return folder


def install(folder: Path, name: str, files: dict[str, str], direct: object = None) -> None:
    """Write a distribution into a folder, as pip does."""
    metadata = folder / f"{name}-1.0.dist-info"
    metadata.mkdir(parents=True)
    for file, text in files.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text, encoding="utf-8")
    listed = [*files, f"{name}-1.0.dist-info/RECORD"]
    (metadata / "RECORD").write_text("".join(f"{one},,\n" for one in listed), encoding="utf-8")
    if direct is not None:
        (metadata / "direct_url.json").write_text(json.dumps(direct), encoding="utf-8")


def locations(functions: Functions, source: str, *arguments: str, path: Path | None = None) -> list:
    rehearsal = functions.rehearse(source, *arguments, path=(path,) if path else ())
    assert rehearsal.codes == ["shared-value"] * len(rehearsal.codes)
    return sorted(one["location"] for one in rehearsal.report["findings"])


def test_what_pip_has_installed_into_a_folder_of_the_function_is_a_librarys(
    functions: Functions,
) -> None:
    install(functions.folder / "vendor", "acme", {"acme/__init__.py": MADE_UP, "other.py": MADE_UP})
    # Of a namespace that is the function's, too.
    install(functions.folder / "lib", "shop-a", {"shop/a.py": MADE_UP})
    functions.write("lib/shop/b.py", MADE_UP)
    source = f"{PATHS}\nimport acme, other, shop.a, shop.b\n{HANDLER}"
    assert locations(functions, source) == ["shop.b.IDENTITY"]


def test_a_library_without_a_list_of_its_files_is_known_by_its_name(functions: Functions) -> None:
    for name in ("acme", "other"):
        install(functions.folder, name, {f"{name}.py": MADE_UP})
        (functions.folder / f"{name}-1.0.dist-info" / "RECORD").unlink()
    assert locations(functions, f"import acme, other\n{HANDLER}") == []


def test_what_is_in_a_layer_is_own_but_not_the_libraries_there(
    functions: Functions, tmp_path: Path
) -> None:
    layer = tmp_path / "layer" / "python"
    install(layer, "acme", {"acme/__init__.py": MADE_UP})
    (layer / "common.py").write_text(MADE_UP, encoding="utf-8")
    source = f"import acme, common\n{HANDLER}"
    assert locations(functions, source, path=layer) == ["common.IDENTITY"]


@pytest.mark.parametrize("direct", [{"editable": True}, {}], ids=["a link", "a copy"])
def test_what_was_installed_from_a_local_folder_is_own(
    functions: Functions, libraries: Path, tmp_path: Path, direct: object
) -> None:
    sources = tmp_path / "the sources"
    url = "file://" + str(sources).replace(" ", "%20")
    if direct:
        sources.mkdir()
        (sources / "tools.py").write_text(MADE_UP, encoding="utf-8")
        (libraries / ".venv" / "site-packages").mkdir(parents=True)
        install(libraries, "tools", {"tools_link.py": ""}, {"url": url, "dir_info": direct})
        # As a finder does that setuptools writes: the folder is not on sys.path.
        finding = f"""
            import importlib.util, sys
            sys.path.insert(0, {str(libraries / "gone" / "site-packages")!r})
            spec = importlib.util.spec_from_file_location("tools", {str(sources / "tools.py")!r})
            sys.modules["tools"] = tools = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(tools)
        """
    else:
        install(libraries, "tools", {"tools.py": MADE_UP}, {"url": url, "dir_info": direct})
        finding = ""
    install(libraries, "acme", {"acme.py": MADE_UP}, {"url": "https://example.com/acme.zip"})
    install(libraries, "other", {"other.py": MADE_UP}, "no object")
    functions.write("finding.py", finding)
    source = f"import finding, tools, acme, other\n{HANDLER}"
    assert locations(functions, source, path=libraries) == ["tools.IDENTITY"]


def test_the_distribution_that_has_the_handler_is_own(
    functions: Functions, libraries: Path
) -> None:
    source = f"import acme, orders.ids\n{HANDLER}"
    install(
        libraries,
        "orders",
        {"orders/__init__.py": "", "orders/app.py": source, "orders/ids.py": MADE_UP},
    )
    install(libraries, "acme", {"acme.py": MADE_UP})
    functions.write("unused.py", "")
    rehearsal = functions.rehearse("", handler="orders.app.handler", path=(libraries,))
    assert [one["location"] for one in rehearsal.report["findings"]] == ["orders.ids.IDENTITY"]


@pytest.mark.parametrize("pattern", ["company", "company.*", "com*"])
def test_more_modules_are_own_if_somebody_says_so(
    functions: Functions, libraries: Path, pattern: str
) -> None:
    files = {"company/__init__.py": "", "company/ids.py": MADE_UP}
    install(libraries, "company", files)
    install(libraries, "other", {"other.py": MADE_UP})
    source = f"import company.ids, other\n{HANDLER}"
    assert locations(functions, source, path=libraries) == []
    found = locations(functions, source, "--own", pattern, path=libraries)
    assert found == ["company.ids.IDENTITY"]
