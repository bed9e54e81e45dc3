import random


class _Engine:
    def __init__(self):
        self.generator = random.Random()


class Names:
    def __init__(self):
        self._engines = {"en": _Engine()}

    def first_name(self):
        return self._engines["en"].generator.choice(["Ada", "Grace", "Edsger", "Barbara"])
