def after_restore():
    pass
