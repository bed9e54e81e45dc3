"""Sample users made at the import; the handler makes none.

needs Faker
error shared-value
"""

from faker import Faker

fake = Faker()
USERS = {fake.uuid4(): fake.sha256() for _ in range(3)}


def handler(event, context):
    return sorted(USERS)
