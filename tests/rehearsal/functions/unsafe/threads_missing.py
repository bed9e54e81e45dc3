"""The handler asks a thread that the copies lack: it cannot be tried here.

warning running-thread app.answer
warning not-rehearsed handler
"""

import queue
import threading

questions, answers = queue.Queue(), queue.Queue()


def answer():
    while True:
        answers.put(questions.get() + 1)


threading.Thread(target=answer, name="answers", daemon=True).start()


def handler(event, context):
    questions.put(1)
    return answers.get(timeout=0.2)
