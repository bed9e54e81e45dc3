"""A handler in a package, whose modules import each other.

handler api/orders.handler
"""

from . import prices
from .prices import PRICES


def handler(event, context):
    return [PRICES["tea"], prices.PRICES["coffee"]]
