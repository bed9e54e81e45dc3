"""With which credentials for AWS a function runs here, and how it runs without."""

from __future__ import annotations

from configparser import ConfigParser, Error
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
_SOURCES = (
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
)
_PROFILES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
_TAKEN_OUT = (
    *_PROFILES,
    "AWS_BEARER_TOKEN_",
    "AWS_CONTAINER_",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_ENDPOINT_URL",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_ROLE_",
    "AWS_SECURITY_TOKEN",
    "AWS_WEB_IDENTITY_",
)
_NO_CREDENTIALS = {"region", "output"}
# Nothing listens there: only the system itself may.
_CLOSED = "http://127.0.0.1:1"
# What ends, as in Lambda; AWS knows none of it.
_INSTEAD = {
    "AWS_ACCESS_KEY_ID": "no-aws",
    "AWS_SECRET_ACCESS_KEY": "no-aws",
    "AWS_SESSION_TOKEN": "no-aws",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_ENDPOINT_URL": _CLOSED,
    "AWS_MAX_ATTEMPTS": "1",
}


def without_aws(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which AWS's SDKs have made-up credentials, and reach no service."""
    kept = {name: one for name, one in environment.items() if not name.startswith(_TAKEN_OUT)}
    return {**kept, **_INSTEAD}


def credentials(environment: Mapping[str, str]) -> str:
    """Return which credentials AWS's SDKs would take first, in words, without showing them.

    Empty if there seem to be none.
    """
    name = next((environment[one] for one in _PROFILES if environment.get(one)), "")
    source = next((one for one in _SOURCES if environment.get(one)), "")
    if source == _SOURCES[0] or (source and not name):
        return source
    return f"profile {name or 'default'}" if name or _has_default(environment) else ""


def region(environment: Mapping[str, str]) -> str:
    """Return the region; without one, functions run in that of the rehearsal."""
    return environment.get("AWS_DEFAULT_REGION") or environment.get("AWS_REGION") or "us-east-1"


def _has_default(environment: Mapping[str, str]) -> bool:
    home = Path(environment.get("HOME", ""), ".aws")
    files = {
        "AWS_SHARED_CREDENTIALS_FILE": home / "credentials",
        "AWS_CONFIG_FILE": home / "config",
    }
    for variable, file in files.items():
        found = ConfigParser(interpolation=None)
        try:
            found.read(environment.get(variable) or file, encoding="utf-8")
        except (Error, OSError, UnicodeDecodeError):
            continue
        if found.has_section("default") and {*found["default"]} - _NO_CREDENTIALS:
            return True
    return False
