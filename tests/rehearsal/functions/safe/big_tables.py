"""Tables with a hundred thousand entries."""

WORDS = [f"word {number}" for number in range(100_000)]
NUMBERS = {word: number for number, word in enumerate(WORDS)}
KNOWN = set(WORDS)
ROWS = [{"number": number, "name": f"row {number}", "tags": ("a", "b")} for number in range(10_000)]


def handler(event, context):
    return NUMBERS["word 7"]
