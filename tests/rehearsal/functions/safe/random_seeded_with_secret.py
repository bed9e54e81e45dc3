"""Each invocation seeds a generator of the module's own from the system."""

import random
import secrets

dice = random.Random()


def handler(event, context):
    dice.seed(secrets.token_bytes(32))
    return [dice.randint(1, 6) for _ in range(12)]
