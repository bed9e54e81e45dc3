"""Caches that pure computation fills at the import."""

import functools

from cachetools import LRUCache, TTLCache, cached

squares = {}
recent = LRUCache(maxsize=16)
fresh = TTLCache(maxsize=16, ttl=300)


@functools.cache
def factorial(number):
    return number * factorial(number - 1) if number else 1


@functools.lru_cache(maxsize=4)
def roots(number):
    return tuple(root for root in range(number) if root * root == number)


@cached(fresh)
def triangle(number):
    return number * (number + 1) // 2


@cached({})
def half(number):
    return number // 2


class Store:
    """A cache of no known size, as clients of cache servers are."""

    def __init__(self):
        self.known = {}


def stored(cache):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(number):
            return cache.known.setdefault(number, function(number))

        wrapper.cache = cache
        return wrapper

    return decorate


@stored(Store())
def double(number):
    return 2 * number


class Report:
    @functools.cached_property
    def title(self):
        return "totals"


report = Report()
assert report.title
factorial(30)
roots(16)
triangle(7)
double(7)
half(7)
for one in range(20):
    squares[one] = recent[one] = one * one


def handler(event, context):
    return [factorial(5), triangle(7), squares[3]]
