"""Shuffles with the global generator by a name that was imported from it.

error shared-random-state random
"""

from random import sample

QUESTIONS = ["why", "when", "where", "who", "what", "how"]


def handler(event, context):
    return sample(QUESTIONS, 3)
