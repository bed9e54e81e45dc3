"""The plugin, installed with pip, with the real libraries."""

from __future__ import annotations

import textwrap
from importlib.util import find_spec

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


# Each one defines work(), which returns whether it was served what is old.
OTHERS = {
    "async_lru": """
        import asyncio, async_lru, itertools
        counts = itertools.count(), itertools.count()
        half = async_lru._LRUCacheWrapper.__new__(async_lru._LRUCacheWrapper)
        @async_lru.alru_cache(ttl=1000)
        async def aging():
            return next(counts[0])
        @async_lru.alru_cache
        async def ageless():
            return next(counts[1])
        loop = asyncio.new_event_loop()
        async def use():
            return [await aging() == 0, await ageless() == 0]
        def work():
            return loop.run_until_complete(use())
    """,
    "aiocache": """
        import asyncio, aiocache
        cache = aiocache.SimpleMemoryCache()
        half = aiocache.SimpleMemoryCache.__new__(aiocache.SimpleMemoryCache)
        loop = asyncio.new_event_loop()
        loop.run_until_complete(cache.set("aging", "old", ttl=1000))
        loop.run_until_complete(cache.set("ageless", "old"))
        async def use():
            return [await cache.get("aging") == "old", await cache.get("ageless") == "old"]
        def work():
            return loop.run_until_complete(use())
    """,
    "aws_lambda_powertools.utilities.auth_alpha": """
        import time
        from aws_lambda_powertools.utilities.auth_alpha.jwt._internal.jwks import JWKSCache
        from aws_lambda_powertools.utilities.auth_alpha.oauth2 import client
        half = client.OAuth2Client.__new__(client.OAuth2Client)
        keys = JWKSCache("https://127.0.0.1", "https://127.0.0.1/keys", 1000, 0)
        keys._keys, keys._expires_at = {"keys": []}, time.monotonic() + 1000
        tokens = client.OAuth2Client(
            token_url="https://127.0.0.1/", client_id="shop", client_secret="test"
        )
        tokens._cached_token = client._AccessToken("old", time.monotonic() + 1000)
        def work():
            return [keys._keys is not None or tokens._cached_token is not None, True]
    """,
}


def is_there(module):
    parents = module.rpartition(".")[0]
    return (not parents or is_there(parents)) and find_spec(module) is not None


# Not every version of Powertools has the last one.
@pytest.mark.parametrize("library", [*filter(is_there, OTHERS)])
def test_of_other_libraries_what_has_an_age_is_forgotten_and_the_rest_stays(installed, library):
    code = textwrap.dedent(OTHERS[library]) + "told = work()\n"
    with Snapshot(code, installed, "caches") as snapshot:
        assert snapshot.told == [True, True]
        assert snapshot.restore() == [[False, True]] * 3
    with Snapshot(code, installed, "none") as snapshot:
        assert snapshot.restore() == [[True, True]] * 3


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
