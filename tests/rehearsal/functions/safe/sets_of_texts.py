"""Sets, and lists made from them: their order is that of the hashes."""

TAGS = {f"tag {number}" for number in range(100)}
IN_ORDER_OF_HASH = list(TAGS)
FIRST = next(iter(TAGS))
JOINED = ",".join({"a", "b", "c", "d"})


class Kind:
    pass


KINDS = {Kind(), Kind()}


def handler(event, context):
    return sorted(TAGS)[0]
