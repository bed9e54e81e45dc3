import time

LOADED = time.time()
