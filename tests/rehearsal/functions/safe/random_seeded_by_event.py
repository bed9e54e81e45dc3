"""Draws that are meant to be the same: the event says the seed."""

import random


def handler(event, context):
    random.seed(event.get("seed", 7))
    return [random.random(), random.choice("abcdef")]
