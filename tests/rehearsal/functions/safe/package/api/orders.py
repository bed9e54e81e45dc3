from . import prices
from .prices import PRICES


def handler(event, context):
    return [PRICES["tea"], prices.PRICES["coffee"]]
