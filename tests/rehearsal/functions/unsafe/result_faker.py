"""Sample data by Faker, whose generator took its seed at the import.

needs Faker
error shared-random-state
"""

from faker import Faker

fake = Faker("en_US")


def handler(event, context):
    return {"name": fake.name(), "address": fake.address()}
