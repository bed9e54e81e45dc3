def answer():
    return "ok"


def after_restore():
    pass
