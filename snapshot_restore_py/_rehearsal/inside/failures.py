"""What a failure is: the classes of its exception, and whether a server is out of reach."""

from __future__ import annotations

import errno
import sys
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from snapshot_restore_py._lambda import in_one_line
from snapshot_restore_py._rehearsal.inside.kinds import ancestors, module_of, type_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MOST_CAUSES = 50
_MOST_CAUGHT = 200  # the last ones
_UNREACHABLE = {
    errno.ECONNREFUSED,
    errno.EHOSTDOWN,
    errno.EHOSTUNREACH,
    errno.ENETDOWN,
    errno.ENETUNREACH,
    errno.ETIMEDOUT,
}
_BROKEN = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError)
# Where a wait for something else than a server ends, with the same class of exception.
_WAITS = ("concurrent", "multiprocessing", "queue", "threading")
# By name, since the modules that define them are not to be imported for that.
_OF_NETWORK = {"socket.gaierror", "socket.herror", "ssl.SSLError"}
_TIMEOUTS = {"builtins.TimeoutError", "socket.timeout", "asyncio.TimeoutError"}

# Classes that say so themselves, by the library's top name: bases count, too.
_WITHOUT_CREDENTIALS = {
    "aiobotocore.NoCredentialsError",
    "azure.ClientAuthenticationError",
    "botocore.CredentialRetrievalError",
    "botocore.NoAuthTokenError",
    "botocore.NoCredentialsError",
    "botocore.PartialCredentialsError",
    "botocore.ProfileNotFound",
    "botocore.SSOError",
    "botocore.TokenRetrievalError",
    "google.DefaultCredentialsError",
    "google.RefreshError",
    "redis.AuthenticationError",
    "valkey.AuthenticationError",
}
_LOST = {
    "aiohttp.ClientConnectionError",
    "azure.ServiceRequestError",
    "botocore.ConnectionError",
    "botocore.HTTPClientError",
    "elastic_transport.ConnectionError",
    "google.TransportError",
    "httpx.TransportError",
    "httpx2.TransportError",
    "kafka.KafkaConnectionError",
    "kafka.NoBrokersAvailable",
    "pika.AMQPConnectionError",
    "psycopg_pool.PoolTimeout",
    "pymongo.ConnectionFailure",
    "redis.ConnectionError",
    "redis.TimeoutError",
    "requests.ConnectionError",
    "requests.Timeout",
    "valkey.ConnectionError",
    "valkey.TimeoutError",
}
# Clients whose exceptions hold the status that the server answered with.
_ANSWERS = {
    "aiohttp.ClientResponseError",
    "anthropic.APIStatusError",
    "google.GoogleAPICallError",
    "httpx.HTTPStatusError",
    "httpx2.HTTPStatusError",
    "openai.APIStatusError",
    "requests.HTTPError",
    "urllib.HTTPError",
}
_REFUSALS = (401, 403)  # statuses of HTTP
# https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html, and those of services
_REFUSAL_CODES = {
    "AccessDenied",
    "AccessDeniedException",
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "InvalidToken",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "NotAuthorized",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "UnauthorizedOperation",
    "UnrecognizedClientException",
}
_STATUSES_OF_GRPC = {
    "UNAVAILABLE": "lost",
    "DEADLINE_EXCEEDED": "lost",
    "UNAUTHENTICATED": "credentials",
    "PERMISSION_DENIED": "credentials",
}
# Drivers in C tell no cause, but a code of SQL's or the server's own, as here, if it has answered:
# https://www.postgresql.org/docs/current/errcodes-appendix.html,
# https://dev.mysql.com/doc/mysql-errors/en/client-error-reference.html
_OF_POSTGRES = {"psycopg.OperationalError": "sqlstate", "psycopg2.OperationalError": "pgcode"}
_OF_MYSQL = {
    "MySQLdb.OperationalError",
    "mysql.DatabaseError",
    "mysql.InterfaceError",
    "mysql.OperationalError",
    "pymysql.OperationalError",
}
_CODES_OF_MYSQL = {
    1044: "credentials",
    1045: "credentials",
    2002: "lost",
    2003: "lost",
    2005: "lost",
    2006: "lost",
    2013: "lost",
}


def facts(error: BaseException, asked: Iterable[str] = ()) -> dict[str, Any]:
    """Return what an exception is.

    Args:
        error: The exception.
        asked: The servers that were asked meanwhile.

    Returns:
        Its `error` in one line; the `names` of its class and that one's bases, dotted, and of
        the answer of AWS that it stands for; its `reach`: `network` if a server cannot be
        reached, `lost` if that, or a connection has broken, `credentials` if there are none or
        the server refuses them, else empty; and the last `server` that was asked.
    """
    servers = [*asked]
    names = [type_name(kind) for kind in ancestors(type(error))[:-1]]
    code, reaches = "", set()
    with suppress(Exception):  # What an exception holds may be of any kind.
        code = _answer(error)[0]
        reaches = {_reach(one, bool(servers)) for one in _chain(error)}
    return {
        "error": in_one_line(error),
        "names": [*names, *([code] if code else [])],
        "reach": next((one for one in ("credentials", "network", "lost") if one in reaches), ""),
        "server": servers[-1] if servers else "",
    }


class Caught:
    """Notes the exceptions that reach the function's own code while a block runs.

    Attributes:
        errors: The last ones, in the order in which they were raised.

    Args:
        files: Those of the function's modules; nothing is noted if there are none.
    """

    def __init__(self, files: Iterable[str]) -> None:
        self.errors: deque[BaseException] = deque(maxlen=_MOST_CAUGHT)
        own = set(files)
        self._is_wanted = bool(own)
        # Functions of one expression each: the interpreter traces nothing within a tracer, so
        # that what measures coverage would see no line of it.
        append: Any = self.errors.append
        self._note: Any = lambda _, event, found: (
            event == "exception" and append(found[1]),
            self._note,
        )[1]
        self._enter: Any = lambda frame, *_: self._note if frame.f_code.co_filename in own else None

    def __enter__(self) -> None:
        if self._is_wanted:
            self._before = sys.gettrace()
            sys.settrace(self._enter)

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._before if self._is_wanted else sys.gettrace())

    def found(self, asked: Iterable[str]) -> list[dict[str, Any]]:
        """Return what they are; `asked` are the servers that were asked meanwhile."""
        distinct = {id(one): one for one in self.errors if isinstance(one, Exception)}
        return [facts(one, asked) for one in distinct.values()]


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and what it comes from, the immediate ones first."""
    pending, seen = [error], {id(error)}
    for one in pending:
        yield one
        kept = getattr(one, "kwargs", None)  # as botocore has it
        causes = [
            one.__cause__,
            one.__context__,
            *one.args,
            *(getattr(one, name, None) for name in ("reason", "orig")),
            *(kept.values() if isinstance(kept, dict) else ()),
            *(getattr(one, "exceptions", None) or ()),
        ]
        for cause in causes:
            new = isinstance(cause, BaseException) and id(cause) not in seen
            if new and len(pending) < _MOST_CAUSES:
                seen.add(id(cause))
                pending.append(cause)


def _reach(error: BaseException, has_asked: bool) -> str:
    """Return what an exception tells by itself of a server's reach."""
    names = {_short(kind) for kind in ancestors(type(error))}
    if names & _WITHOUT_CREDENTIALS:
        return "credentials"
    if names & _ANSWERS:
        return "credentials" if _status(error) in _REFUSALS else ""
    if "botocore.ClientError" in names:
        code, status = _answer(error)
        return "credentials" if code in _REFUSAL_CODES or status in _REFUSALS else ""
    if "grpc.RpcError" in names:
        tell = getattr(error, "code", None)
        status = tell() if callable(tell) else None
        return _STATUSES_OF_GRPC.get(str(getattr(status, "name", "")), "")
    if names & {*_OF_POSTGRES}:
        return _reach_of_postgres(error, names)
    if names & _OF_MYSQL:
        first = error.args[0] if error.args else None
        return _CODES_OF_MYSQL.get(first, "") if isinstance(first, int) else ""
    if names & _LOST or isinstance(error, _BROKEN):
        return "lost"
    is_unreachable = isinstance(error, OSError) and error.errno in _UNREACHABLE
    if names & _OF_NETWORK or is_unreachable or isinstance(error, ConnectionError):
        return "network"
    return "lost" if names & _TIMEOUTS and has_asked and not _ends_a_wait(error) else ""


def _reach_of_postgres(error: BaseException, names: set[str]) -> str:
    code = next(getattr(error, _OF_POSTGRES[one], None) for one in names & {*_OF_POSTGRES})
    if code is None or str(code).startswith("08"):
        return "lost"
    return "credentials" if str(code).startswith("28") else ""


def _ends_a_wait(error: BaseException) -> bool:
    """Tell whether it was raised where one waits for threads, processes or tasks."""
    module = ""
    place = error.__traceback__
    while place is not None:
        module = str(place.tb_frame.f_globals.get("__name__", ""))
        place = place.tb_next
    return module.partition(".")[0] in _WAITS


def _answer(error: BaseException) -> tuple[str, Any]:
    """Return the code and the status that AWS answered with."""
    answer = getattr(error, "response", None)
    if not isinstance(answer, dict):
        return "", None
    told, about = answer.get("Error"), answer.get("ResponseMetadata")
    code = told.get("Code") if isinstance(told, dict) else None
    status = about.get("HTTPStatusCode") if isinstance(about, dict) else None
    return code if isinstance(code, str) else "", status


def _status(error: BaseException) -> Any:
    places = (error, getattr(error, "response", None))
    found = [getattr(one, name, None) for one in places for name in ("status_code", "status")]
    return next((one for one in (*found, getattr(error, "code", None)) if one is not None), None)


def _short(kind: type) -> str:
    """Return the top name of a class's module, and its own: within, libraries move them."""
    return f"{module_of(kind).partition('.')[0]}.{type_name(kind).rpartition('.')[2]}"
