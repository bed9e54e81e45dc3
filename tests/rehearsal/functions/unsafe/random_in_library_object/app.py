"""A library's object, in which a generator is hidden.

error shared-random-state app.names._engines['en'].generator
"""

import fakenames

names = fakenames.Names()


def handler(event, context):
    return names.first_name()
