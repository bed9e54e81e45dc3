"""The plugin, installed with pip, with the real libraries."""

from __future__ import annotations

import pytest

from tests.snapshots import Snapshot, imported_without_use, installed_once, run


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """A folder into which pip has installed the plugin."""
    return installed_once(tmp_path_factory.getbasetemp(), "snapshot-restore-caches")


CODE = """
import functools, time, cachetools, jwt
from aws_lambda_powertools.utilities.parameters.base import BaseProvider
class Provider(BaseProvider):
    asked = 0
    def _get(self, name, **options):
        self.asked += 1
        return str(self.asked)
    def _get_multiple(self, path, **options):
        return {}
ttl = cachetools.TTLCache(9, 1000)
ttl["price"] = 1
tlru = cachetools.TLRUCache(9, lambda key, value, now: now + 1000)
tlru["price"] = 1
half = cachetools.TTLCache.__new__(cachetools.TTLCache)
provider, half_provider = Provider(), Provider.__new__(Provider)
keys = jwt.PyJWKClient("http://127.0.0.1:9/", cache_keys=True)
keys.jwk_set_cache.jwk_set_with_timestamp = "old"
without = jwt.PyJWKClient("http://127.0.0.1:9/", cache_jwk_set=False)
@functools.lru_cache
def named():
    return time.monotonic_ns()
@functools.lru_cache
def other():
    return time.monotonic_ns()
os.environ["SNAPSHOT_RESTORE_CACHES"] = "__main__.named, __main__:named"
provider.get("limit", max_age=1000)
old = named(), other()
def work():
    return [
        dict(ttl), dict(tlru), provider.get("limit", max_age=1000),
        keys.jwk_set_cache.jwk_set_with_timestamp, named() == old[0], other() == old[1],
    ]
told = work()
"""
OLD = [{"price": 1}, {"price": 1}, "1", "old", True, True]


def test_caches_that_have_not_aged_are_empty_after_the_restore(installed):
    with Snapshot(CODE, installed, "caches") as snapshot:
        assert snapshot.told == OLD
        assert snapshot.restore() == [[{}, {}, "2", None, False, True]] * 3


def test_without_the_plugin_they_still_serve_what_is_old(installed):
    with Snapshot(CODE, installed, "none") as snapshot:
        assert snapshot.restore() == [OLD] * 3


def test_no_two_environments_show_appconfig_the_same_token(installed):
    # It takes each one once, and only for a day.
    code = """
import io
from aws_lambda_powertools.utilities.parameters import AppConfigProvider
class Client:
    shown = []
    def start_configuration_session(self, **_):
        return {"InitialConfigurationToken": os.urandom(8).hex()}
    def get_latest_configuration(self, ConfigurationToken):
        self.shown.append(ConfigurationToken)
        return {
            "Configuration": io.BytesIO(b"on"), "NextPollConfigurationToken": os.urandom(8).hex(),
        }
provider = AppConfigProvider("test", "shop", boto3_client=Client())
def work():
    assert provider.get("flags") == b"on"
    return Client.shown[-1]
told = work()
"""
    with Snapshot(code, installed, "caches") as snapshot:
        assert len({snapshot.told, *snapshot.restore()}) == 4
    with Snapshot(code, installed, "none") as snapshot:
        assert len(set(snapshot.restore())) == 1


def test_a_function_that_is_not_there_is_named(installed):
    code = """
        import os
        import snapshot_restore_py
        os.environ["SNAPSHOT_RESTORE_CACHES"] = "__main__.missing"
        try:
            snapshot_restore_py.run_before_snapshot()
        except Exception as error:
            tell(str(error))
    """
    assert "'__main__.missing': AttributeError" in run(code, installed, "caches")


def test_it_imports_no_library(installed):
    assert imported_without_use(installed, "caches", "cachetools", "jwt") == []
