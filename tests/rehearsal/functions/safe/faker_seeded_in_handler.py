"""The same, given a new seed by each invocation.

needs Faker
"""

import secrets

from faker import Faker

fake = Faker("en_US")


def handler(event, context):
    fake.seed_instance(secrets.randbits(64))
    return fake.name()
