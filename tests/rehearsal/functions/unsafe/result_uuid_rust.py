"""Ids by a generator in Rust, which was used at the import.

needs uuid-utils
error shared-result
"""

import uuid_utils

assert uuid_utils.uuid4() != uuid_utils.uuid4()


def handler(event, context):
    return {"id": str(uuid_utils.uuid4())}
