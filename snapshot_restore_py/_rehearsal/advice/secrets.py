"""Tells whether code writes down what may be a password or a key."""

from __future__ import annotations

import ast
import re

_NAME = re.compile(
    r"secret|token|passw|pwd|cred|key|auth|salt|private|dsn|bearer|signature|(^|_)pw(_|$)",
    re.IGNORECASE,
)
# Tokens, passwords in URLs and in what databases connect by, keys of services, PEM.
_FORM = re.compile(
    r"\bbearer |\beyJ[\w-]{8}|://[^/\s:@]*:[^/\s@]+@|\bpassw\w*\s*=|\bpwd\s*="
    r"|\b(AKIA|ASIA)[A-Z0-9]{12}|-----BEGIN|\b(gh[opsu]|github_pat)_|\bxox[abp]-|\bsk-\w",
    re.IGNORECASE,
)
_SIGNING = ("encode", "sign", "dumps")
_MAKING = re.compile("decode|encode|fromhex|^(bytes|str)$|join|format|digest|sha", re.IGNORECASE)
_TAKING = re.compile("hmac|^new$|fernet|pbkdf2|scrypt|login|authenticate", re.IGNORECASE)


def repeats_secret(code: ast.AST) -> bool:
    """Tell whether code holds a literal that may be a secret, by its place or its form."""
    return any(map(_is_secret, ast.walk(code)))


def _is_secret(node: ast.AST) -> bool:
    if isinstance(node, ast.keyword):
        return bool(_NAME.search(node.arg or "")) and _has_text(node.value)
    if isinstance(node, ast.Dict):
        items = zip(node.keys, node.values)
        return any(
            isinstance(key, ast.Constant) and _NAME.search(str(key.value)) and _has_text(value)
            for key, value in items
        )
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        arguments = node.args[1:] if name in _SIGNING else node.args if _TAKING.search(name) else []
        return any(map(_has_text, arguments))
    if isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes)):
        return bool(_FORM.search(str(node.value)))
    return False


def _has_text(expression: ast.AST) -> bool:
    """Tell whether a text goes into what an expression gives, not only into a question for it."""
    if isinstance(expression, ast.Subscript):
        return _has_text(expression.value)
    if isinstance(expression, ast.Call):
        name = getattr(expression.func, "attr", getattr(expression.func, "id", ""))
        is_made_of = _MAKING.search(name)
        parts = [expression.func, *(expression.args if is_made_of else ())]
        return any(map(_has_text, parts))
    return _is_text(expression) or any(map(_has_text, ast.iter_child_nodes(expression)))


def _is_text(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes))
