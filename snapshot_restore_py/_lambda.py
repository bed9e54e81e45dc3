"""Starts a function's process as Lambda does: its path, variables, log and handler.

Loaded by scripts that run a function's code, and without the package around it: the
handler, or a library that it uses, is to import that first, as in Lambda.
"""

from __future__ import annotations

import importlib
import logging
import os
import sys
import time
import traceback
from typing import Any

_ENVIRONMENT = {
    # There is no such service in Lambda, and asking for it leaves a connection behind.
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_EXECUTION_ENV": f"AWS_Lambda_python{sys.version_info.major}.{sys.version_info.minor}",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
    "AWS_LAMBDA_FUNCTION_NAME": "rehearsal",
    "AWS_LAMBDA_FUNCTION_VERSION": "1",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
    "LAMBDA_RUNTIME_DIR": "/var/runtime",
    "TZ": ":UTC",
}
# Functions with SnapStart have none of these.
_NOT_SET = ("AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME")
_LOG_FORMAT = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s"


class HandlerError(Exception):
    """The handler cannot be found. The message is the whole explanation."""


def enter(path: str, home: str, handler: str) -> None:
    """Give this process the path, the variables and the log of a function in Lambda.

    Variables that are set already stay, but for those that SnapStart decides. The function's
    folder is the working directory and first on `sys.path`.

    Args:
        path: The function's folder, absolute.
        home: The folder that holds this package, which may be importable only because of
            where this process was started.
        handler: As in Lambda's configuration; empty for none.
    """
    # The script's own folder holds modules of the package, which must not be importable
    # under other names.
    here = os.path.dirname(os.path.abspath(sys.argv[0]))
    others = (entry for entry in sys.path if os.path.abspath(entry) != here)
    sys.path[:] = [path, *others, home]
    sys.argv[:] = [""]
    os.chdir(path)
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    for name in _NOT_SET:
        os.environ.pop(name, None)
    os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"] = "snap-start"
    os.environ.setdefault("LAMBDA_TASK_ROOT", path)
    if handler:
        os.environ.setdefault("_HANDLER", handler)
    getattr(time, "tzset", bool)()  # There is none on Windows.
    _open_log()


def _open_log() -> None:
    # As AWS's runtime client does before it imports the handler: functions change the
    # handler that they find there.
    log = logging.StreamHandler(sys.stdout)
    formatter = logging.Formatter(_LOG_FORMAT, "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    log.setFormatter(formatter)
    log.addFilter(_add_request_id)
    logging.getLogger().addHandler(log)


_request_id = ""


def _add_request_id(record: logging.LogRecord) -> bool:
    record.aws_request_id = _request_id
    return True


def import_handler(handler: str) -> Any:
    """Import the handler's module, and return the handler.

    Raises HandlerError if there is none of that name, and whatever the import raises.
    """
    module_name, dot, function_name = handler.rpartition(".")
    if not dot:
        raise HandlerError(f"the handler {handler!r} has no dot: write module.function")
    module = importlib.import_module(module_name.replace("/", "."))
    if not hasattr(module, function_name):
        own = [
            name
            for name, value in vars(module).items()
            if callable(value) and getattr(value, "__module__", "") == module.__name__
        ]
        raise HandlerError(
            f"the module {module_name!r} has no function {function_name!r}"
            f"{_near(function_name, own)}"
        )
    return getattr(module, function_name)


def _near(word: str, words: list[str]) -> str:
    """Return what to add to a message about a word that there is not; "" if none is near."""
    difflib: Any = importlib.import_module("difflib")
    found = difflib.get_close_matches(word, words, 1)
    return f". Is it {found[0]}?" if found else ""


def _near_module(error: BaseException, handler: str) -> str:
    """Return the module that is meant, if the handler's is not found, and one is near."""
    name = handler.rpartition(".")[0].replace("/", ".")
    top = name.partition(".")[0]
    if not isinstance(error, ModuleNotFoundError) or error.name not in (name, top):
        return ""
    folder = os.path.join(*name.split(".")[:-1], "") if error.name == name and name != top else "."
    there = os.listdir(folder) if os.path.isdir(folder) else []  # It may lie elsewhere.
    modules = [one[:-3] for one in there if one.endswith(".py")]
    modules += [one for one in there if os.path.isdir(os.path.join(folder, one))]
    return _near(error.name.rpartition(".")[2], modules)


def import_package() -> Any:
    """Import this package as the runtime client does; raises HandlerError if it is another."""
    package: Any = importlib.import_module("snapshot_restore_py")
    if not hasattr(package, "plugins"):
        version = getattr(package, "__version__", "unknown")
        raise HandlerError(
            f"the function gets another snapshot_restore_py, {package.__file__} (version "
            f"{version}), which has no plugins. Remove it, or install this one there"
        )
    return package


class Context:
    """What a handler gets beside the event, as in AWS's runtime client.

    https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """

    def __init__(self, request_id: str, seconds: float) -> None:
        global _request_id
        _request_id = request_id
        environment = os.environ
        name = environment["AWS_LAMBDA_FUNCTION_NAME"]
        self.aws_request_id = request_id
        self.function_name = name
        self.function_version = environment["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = None
        self.log_stream_name = None
        region = environment["AWS_REGION"]
        self.invoked_function_arn = f"arn:aws:lambda:{region}:123456789012:function:{name}:1"
        self.tenant_id = None
        self.client_context = None
        self.identity = _Identity()
        self._deadline = time.time() + seconds

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the invocation's time limit; not below 0."""
        return max(int((self._deadline - time.time()) * 1000), 0)

    def w3c(self) -> dict[str, str]:
        """Return the fields of the invocation's trace context: there are none."""
        return {}

    def log(self, message: object) -> None:
        """Write a message to the log as it is."""
        sys.stdout.write(str(message))


class _Identity:
    """The caller's identity, where it has one from Amazon Cognito."""

    cognito_identity_id = None
    cognito_identity_pool_id = None


def plugin_row(plugin: Any) -> dict[str, Any]:
    """Return what reports tell of a plugin."""
    return {
        "name": plugin.name,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "value": plugin.value,
        "status": plugin.status,
        "error": in_one_line(plugin.error) if plugin.error else None,
        "seconds": round(plugin.seconds, 6),
        "modules": list(plugin.modules),
    }


def installation_problems() -> list[str]:
    """Return what is wrong with what is installed, each as a text."""
    installation: Any = importlib.import_module("snapshot_restore_py._installation")
    problems: list[str] = installation.problems()
    return problems


def hook_place(hook: Any) -> dict[str, Any]:
    """Return a hook's name, the name of its plugin, and the file and line of its code."""
    locations: Any = importlib.import_module("snapshot_restore_py._locations")
    location = locations.locate(hook[0])
    plugin = getattr(hook, "plugin", None)
    return {
        "name": location.name,
        "plugin": plugin.name if plugin else None,
        "file": location.file,
        "line": location.line or None,
    }


def problem(error: BaseException, handler: str) -> dict[str, Any]:
    """Return why a function cannot be started, in one line, and the command's exit status.

    The traceback is there if code failed; the line that is named is the function's own, if any
    of its lines was called.
    """
    if isinstance(error, HandlerError):
        return {"error": str(error), "status": 2}
    if type(error).__name__ in ("PluginError", "PluginWarning"):
        return {"error": str(error), "status": 1}
    places = [
        place
        for place in traceback.extract_tb(error.__traceback__)
        if not place.filename.startswith(os.path.dirname(__file__))
        and "importlib" not in place.filename
    ]
    folder = os.path.join(os.getcwd(), "")
    own = [
        place
        for place in places
        if place.filename.startswith(folder) and "site-packages" not in place.filename
    ]
    place = [*places, *own][-1:]
    at = f" ({place[0].filename}, line {place[0].lineno})" if place else ""
    what = f"import the handler {handler!r}" if handler else "load the plugins"
    shown = traceback.format_list(places) + traceback.format_exception_only(type(error), error)
    return {
        "error": f"cannot {what}: {in_one_line(error)}{at}{_near_module(error, handler)}",
        "status": 2,
        "traceback": "Traceback (most recent call last):\n" + "".join(shown),
    }


def in_one_line(error: BaseException) -> str:
    """Return an exception's type and message in one line."""
    try:
        text = " ".join(str(error).split())
    except BaseException:  # A foreign exception can fail to tell its text, in any way.
        text = ""
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
