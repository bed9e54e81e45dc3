"""Tells what AWS's SDKs add to each answer, to say how they got it: ids, dates, retries.

It differs from answer to answer, but nobody takes an id of a request for one of his own.
"""

from __future__ import annotations

from typing import Any

# As botocore makes them: the metadata of an answer, which always has these keys, and the
# headers in it, of which one names the request.
_METADATA = {"HTTPStatusCode", "HTTPHeaders", "RetryAttempts"}
_REQUEST_HEADERS = {"x-amzn-requestid", "x-amz-request-id", "x-amz-id-2"}
_USUAL_HEADERS = {"date", "content-type", "content-length", "server"}
_MOST = 100  # headers
_MADE_UP = _REQUEST_HEADERS | {"date", "RequestId", "HostId"}


def is_response_metadata(value: dict[Any, Any]) -> bool:
    """Tell whether a dict is the metadata of an answer, or the headers in it."""
    if dict.__len__(value) > _MOST:
        return False
    keys = {key for key in dict.__iter__(value) if type(key) is str}
    return keys >= _METADATA or bool(keys & _REQUEST_HEADERS and keys & _USUAL_HEADERS)


def ids_and_dates(metadata: dict[Any, Any]) -> list[str]:
    """Return the texts in such a dict that are made up for each answer."""
    headers: Any = dict.get(metadata, "HTTPHeaders")
    parts = [metadata, headers] if issubclass(type(headers), dict) else [metadata]
    found = [dict.get(part, name) for part in parts for name in _MADE_UP]
    return [one for one in found if type(one) is str]
