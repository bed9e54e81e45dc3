"""Failures because a server is out of reach, and those that are expected."""

from __future__ import annotations

import asyncio
import concurrent.futures
import socket
import ssl
import urllib.error
import urllib.request
from email.message import Message
from io import BytesIO
from typing import TYPE_CHECKING, Any

import botocore.exceptions
import grpc
import httpx
import psycopg
import psycopg2
import pymongo.errors
import pytest
import redis
import requests
import sqlalchemy

from snapshot_restore_py._rehearsal.inside.failures import facts

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.rehearsal.command import Functions
    from tests.rehearsal.peer import Peer

CLOSED = 1  # a port at which nothing listens
ASKED = ("db.example.com:5432",)


def answer(code: str, status: int) -> botocore.exceptions.ClientError:
    response: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return botocore.exceptions.ClientError(response, "GetSecretValue")


def raised(call: Callable[[], object]) -> BaseException:
    with pytest.raises(Exception) as caught:  # noqa: PT011
        call()
    return caught.value


def during(cause: BaseException, error: BaseException) -> BaseException:
    """Return an error that was raised while another one was handled."""

    def fail() -> None:
        try:
            raise cause
        except type(cause):
            raise error  # noqa: B904

    return raised(fail)


class Status(grpc.RpcError):
    def __init__(self, status: grpc.StatusCode) -> None:
        self.code = lambda: status


@pytest.mark.parametrize(
    ("error", "reach"),
    [
        (botocore.exceptions.NoCredentialsError(), "credentials"),
        (botocore.exceptions.ProfileNotFound(profile="none"), "credentials"),
        (answer("ExpiredToken", 400), "credentials"),
        (answer("UnrecognizedClientException", 400), "credentials"),
        (answer("OneOfItsOwn", 403), "credentials"),
        (answer("NoSuchKey", 404), ""),
        (botocore.exceptions.ClientError({}, "GetObject"), ""),
        (botocore.exceptions.EndpointConnectionError(endpoint_url="https://aws"), "lost"),
        (botocore.exceptions.ParamValidationError(report="none"), ""),
        (ConnectionRefusedError(), "network"),
        (OSError(113, "No route to host"), "network"),
        (socket.gaierror(-2, "Name or service not known"), "network"),
        (ssl.SSLError(), "network"),
        (ConnectionResetError(), "lost"),
        (FileNotFoundError(2, "No such file"), ""),
        (KeyError("name"), ""),
        (socket.timeout("timed out"), "lost"),
        (urllib.error.URLError(ConnectionRefusedError()), "network"),
        (urllib.error.HTTPError("http://x", 401, "", Message(), BytesIO()), "credentials"),
        (urllib.error.HTTPError("http://x", 404, "", Message(), BytesIO()), ""),
        (requests.ConnectionError(), "lost"),
        (requests.HTTPError(), ""),
        (httpx.ConnectError("refused"), "lost"),
        (redis.ConnectionError(), "lost"),
        (redis.AuthenticationError(), "credentials"),
        (pymongo.errors.ServerSelectionTimeoutError(), "lost"),
        (psycopg.OperationalError("connection failed"), "lost"),
        (psycopg.errors.InvalidPassword(), "credentials"),
        (psycopg.errors.AdminShutdown(), ""),
        (psycopg2.OperationalError("connection failed"), "lost"),
        (sqlalchemy.exc.OperationalError("", {}, psycopg2.OperationalError()), "lost"),
        (Status(grpc.StatusCode.UNAVAILABLE), "lost"),
        (Status(grpc.StatusCode.NOT_FOUND), ""),
        (grpc.RpcError(), ""),
        (during(ConnectionRefusedError(), RuntimeError("cannot load")), "network"),
        (during(KeyError(), RuntimeError()), ""),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, BaseException) else one,
)
def test_what_an_exception_and_its_causes_are_tells_whether_a_server_is_out_of_reach(
    error: BaseException, reach: str
) -> None:
    assert facts(error, ASKED)["reach"] == reach


@pytest.mark.parametrize(
    ("number", "reach"), [(2003, "lost"), (1045, "credentials"), (1146, ""), ("text", "")]
)
def test_drivers_of_mysql_tell_it_by_a_number(number: object, reach: str) -> None:
    kind = type("OperationalError", (Exception,), {"__module__": "pymysql.err"})
    assert facts(kind(number))["reach"] == reach
    assert facts(kind())["reach"] == ""


def test_a_time_out_is_of_a_server_only_if_one_was_asked_and_nothing_else_was_waited_for() -> None:
    assert facts(TimeoutError())["reach"] == ""
    waiting = concurrent.futures.Future[None]()
    of_a_thread = raised(lambda: waiting.result(timeout=0))
    assert facts(of_a_thread, ASKED)["reach"] == ""
    of_a_task = raised(lambda: asyncio.run(asyncio.wait_for(asyncio.sleep(9), 0)))
    assert facts(of_a_task, ASKED)["reach"] == "lost"


def test_an_exception_that_is_its_own_cause_or_has_a_thousand_is_none_of_the_network() -> None:
    error = RuntimeError()
    error.__cause__ = error
    assert facts(error)["reach"] == ""
    assert facts(RuntimeError(*map(ValueError, range(1000))))["reach"] == ""


HOOKS = f"""
    import threading, time, urllib.request, snapshot_restore_py
    threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
    @snapshot_restore_py.register_before_snapshot
    @snapshot_restore_py.register_after_restore
    def load(): urllib.request.urlopen("http://127.0.0.1:{CLOSED}/")
    def handler(event, context): return "done"
"""


def test_an_exception_that_cannot_be_asked_is_none_of_the_network() -> None:
    class OddError(ConnectionRefusedError):
        @property
        def reason(self) -> object:
            raise RuntimeError

    assert facts(OddError())["reach"] == ""


REFUSED = f"""
    import urllib.request
    def handler(event, context):
        return urllib.request.urlopen("http://127.0.0.1:{CLOSED}/").read()
"""
CAUGHT = """
    import boto3
    client = boto3.client("s3")
    def handler(event, context):
        try:
            return {"statusCode": 200, "body": int({}.get("first") or "0") + len(ask())}
        except Exception as error:
            return {"statusCode": STATUS, "body": str(error)}
    def ask():
        try:
            int("none")
        except ValueError:
            pass
        return client.list_buckets()["Buckets"]
"""
# No profile and no key of the machine that runs the tests.
NO_CREDENTIALS = {
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "AWS_ACCESS_KEY_ID": "",
    "AWS_SECRET_ACCESS_KEY": "",
}


def test_a_server_that_is_out_of_reach_is_one_finding_of_a_line_with_the_way_out(
    functions: Functions,
) -> None:
    finding = functions.rehearse(REFUSED).finding
    assert (finding["level"], finding["code"]) == ("error", "handler-failed")
    assert finding["message"] == (
        f"the handler failed in every restore: 127.0.0.1:{CLOSED} is out of reach: URLError: "
        "<urlopen error [Errno 111] Connection refused>"
    ).replace("111", finding["message"].partition("Errno ")[2].partition("]")[0])
    assert finding["evidence"] == f"asked: 127.0.0.1:{CLOSED}"
    assert finding["location"] == "app.py:4"
    assert "--env NAME=VALUE" in finding["fix"]
    assert "--expect-failure URLError accepts that" in finding["fix"]
    assert "--no-aws" in finding["fix"]


def test_missing_credentials_that_the_handler_catches_are_told_with_its_answer(
    functions: Functions,
) -> None:
    finding = functions.rehearse(CAUGHT.replace("STATUS", "500"), env=NO_CREDENTIALS).finding
    assert (finding["level"], finding["code"]) == ("warning", "handler-failed")
    assert finding["message"].startswith(
        "the handler answered with status 500 in every restore: there are no credentials: "
        "NoCredentialsError: "
    )
    assert "AWS_PROFILE" in finding["fix"]


def test_what_the_handler_catches_can_be_expected_by_a_base_whatever_it_answers(
    functions: Functions,
) -> None:
    source = f"""
        import urllib.request
        def handler(event, context):
            try:
                urllib.request.urlopen("http://127.0.0.1:{CLOSED}/")
            except Exception as error:
                return {{"statusCode": STATUS, "body": str(error)}}
    """
    for status in (500, 200):
        arguments = ("--expect-failure", "OSError")
        rehearsal = functions.rehearse(source.replace("STATUS", str(status)), *arguments)
        assert (rehearsal.status, rehearsal.codes) == (0, [])
        (note,) = [one for one in rehearsal.notes if one["code"] == "expected-failure"]
        assert note["evidence"].startswith("URLError: ")


def test_a_failure_that_is_expected_is_accepted_and_all_else_is_judged(
    functions: Functions,
) -> None:
    source = f"""
        import urllib.request, uuid
        ID = uuid.uuid4().hex
        def handler(event, context):
            return urllib.request.urlopen("http://127.0.0.1:{CLOSED}/").read()
    """
    arguments = ("--expect-failure", "urllib.error.URLError", "--expect-failure", "KeyError")
    rehearsal = functions.rehearse(source, *arguments)
    assert rehearsal.status == 1
    assert rehearsal.codes == ["shared-value", "no-expected-failure"]
    assert "KeyError" in rehearsal.report["findings"][1]["message"]
    (note,) = [one for one in rehearsal.notes if one["code"] == "expected-failure"]
    assert note["message"] == "the handler failed as expected in every restore"
    assert note["location"] == "app.py:5"


def test_a_hook_that_needs_a_server_is_told_so(functions: Functions) -> None:
    finding = functions.rehearse(HOOKS).report["findings"][0]
    assert (finding["code"], finding["location"]) == ("hook-failed", "app.py:4")
    assert finding["message"].startswith(
        f"the before_snapshot hook app.load failed: 127.0.0.1:{CLOSED} is out of reach: URLError: "
    )
    assert finding["evidence"] == f"registered explicitly\nasked: 127.0.0.1:{CLOSED}"


def test_hooks_that_fail_as_expected_are_noted_and_life_goes_on(functions: Functions) -> None:
    arguments = ("--expect-failure", "OSError", "--expect-failure", "KeyError")
    rehearsal = functions.rehearse(HOOKS, *arguments)
    assert (rehearsal.status, rehearsal.codes) == (0, ["running-thread", "no-expected-failure"])
    assert rehearsal.results == ["done"] * 3
    found = [one["message"] for one in rehearsal.notes if one["code"] == "expected-failure"]
    assert found == [
        f"the {phase} hook app.load failed as expected"
        for phase in ("before_snapshot", "after_restore")
    ]


def test_what_is_missing_in_the_copies_has_nothing_to_do_with_a_server_out_of_reach(
    functions: Functions,
) -> None:
    source = HOOKS.replace('return "done"', "load()").replace("@", "#")
    rehearsal = functions.rehearse(source)
    assert rehearsal.codes == ["handler-failed", "running-thread"]


def test_a_connection_of_the_snapshot_that_all_copies_share_is_no_outage(
    functions: Functions, peer: Peer
) -> None:
    source = """
        import os, socket
        connection = socket.create_connection(("127.0.0.1", int(os.environ["PEER_PORT"])))
        def handler(event, context): raise ConnectionResetError("by the peer")
    """
    rehearsal = functions.rehearse(source, env=peer.variables)
    assert rehearsal.codes == ["open-connection", "handler-failed"]
    assert rehearsal.report["findings"][1]["fix"].startswith("First close the open connection")


def test_an_init_that_needs_a_server_is_told_in_one_line_with_the_way_out(
    functions: Functions,
) -> None:
    rehearsal = functions.rehearse(
        f"""
        import urllib.request
        urllib.request.urlopen("http://127.0.0.1:{CLOSED}/")
        """
    )
    assert (rehearsal.status, rehearsal.report["ok"]) == (3, False)
    line = rehearsal.stderr.splitlines()[-1]
    assert line.startswith("snapshot-restore: cannot import the handler 'app.handler': URLError: ")
    assert f"127.0.0.1:{CLOSED} is out of reach" in line
    assert "--env NAME=VALUE" in line
    assert line == f"snapshot-restore: {rehearsal.report['error']}"


def test_a_name_that_no_class_can_have_is_refused(functions: Functions) -> None:
    rehearsal = functions.rehearse("raise SystemExit('was run')", "--expect-failure", "no class")
    assert (rehearsal.status, rehearsal.report) == (2, None)
    assert rehearsal.stderr.startswith("snapshot-restore: --expect-failure 'no class': ")


class TestWithoutAws:
    def test_nothing_of_a_real_account_is_there_and_no_service_is_reached(
        self, functions: Functions
    ) -> None:
        source = """
            import boto3, os, socket
            named = boto3.client("sqs", endpoint_url="https://sqs.eu-west-1.amazonaws.com")
            table = boto3.resource("dynamodb").Table("orders")
            def handler(event, context):
                told = []
                for ask in (named.list_queues, table.load, connect):
                    try:
                        ask()
                    except Exception as error:
                        told.append(type(error).__name__)
                names = ("AWS_PROFILE", "AWS_ROLE_ARN", "AWS_BUCKET", "AWS_ACCESS_KEY_ID")
                return told + [os.environ.get(name) for name in names]
            def connect():
                socket.socket().connect(("169.254.169.254", 80))
        """
        env = {
            "AWS_PROFILE": "production",
            "AWS_ROLE_ARN": "arn:aws:iam::1:role/x",
            "AWS_BUCKET": "own",
            "AWS_ACCESS_KEY_ID": "real",
        }
        rehearsal = functions.rehearse(source, "--no-aws", env=env)
        assert rehearsal.results[0] == [
            "EndpointConnectionError",
            "EndpointConnectionError",
            "ConnectionRefusedError",
            None,
            None,
            "own",
            "no-aws",
        ]
        assert "AWS: none (--no-aws)" in rehearsal.notice

    def test_what_fails_for_it_says_so(self, functions: Functions) -> None:
        source = """
            import socket
            def handler(event, context): socket.getaddrinfo(b"s3.amazonaws.com.", 443)
        """
        finding = functions.rehearse(source, "--no-aws").finding
        assert finding["code"] == "handler-failed"
        assert finding["fix"] == (
            "That may come of --no-aws. --expect-failure gaierror accepts that, and judges all "
            "else."
        )
