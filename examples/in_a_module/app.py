"""Asks questions; how they are drawn, and kept random, is the business of `quiz`."""

import quiz


def handler(event, context):
    return {"questions": quiz.draw(event["count"])}
