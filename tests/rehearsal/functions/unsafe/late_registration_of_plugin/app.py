"""The handler imports a module that registers hooks.

error late-registration reports.py:4
"""


def handler(event, context):
    import reports

    return reports.total()
