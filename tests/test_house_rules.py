"""House rules no linter knows."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LONGEST_FILE = 300
LONGEST_FUNCTION = 70
COMMITTERS = {"fulfillment/store/session.py"}

MODULES = sorted(
    path
    for folder in ("fulfillment", "labels")
    for path in (ROOT / folder).rglob("*.py")
    if "versions" not in path.parts
)
TESTS = sorted((ROOT / "tests").rglob("*.py"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def calls(tree: ast.AST, *methods: str) -> Iterator[str]:
    """Calls of methods by these names, as they are written."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in methods:
            yield ast.unparse(node)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_fits_its_limits(path: Path) -> None:
    source = path.read_text()

    assert source.count("\n") <= LONGEST_FILE
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno < LONGEST_FUNCTION, f"{node.name} is too long"


@pytest.mark.parametrize("path", [path for path in MODULES if name_of(path) not in COMMITTERS], ids=name_of)
def test_only_the_store_ends_a_transaction(path: Path) -> None:
    assert list(calls(ast.parse(path.read_text()), "commit", "rollback")) == []


@pytest.mark.parametrize("path", TESTS, ids=name_of)
def test_a_test_replaces_no_function_of_ours(path: Path) -> None:
    tree = ast.parse(path.read_text())

    assert [call for call in calls(tree, "setattr") if call.startswith("monkeypatch.")] == []
    assert not any(
        isinstance(node, ast.ImportFrom) and (node.module or "").startswith("unittest.mock")
        for node in ast.walk(tree)
    )
