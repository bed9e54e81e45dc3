"""How long the init took, told by the first invocation in all usual forms."""

import time

begun = time.perf_counter()
WORDS = sorted(map(str, range(5000)))
SECONDS = time.perf_counter() - begun
is_cold = True


def handler(event, context):
    global is_cold
    if is_cold:
        is_cold = False
        print(f"init took {SECONDS:f} s", f"{SECONDS * 1000:.0f} ms ({SECONDS * 1000:.3f}ms)")
        print("loaded words:", SECONDS, f"{SECONDS:.2e}", round(SECONDS * 1000, 2))
    return {"ms": round(SECONDS * 1000, 2), "text": f"{SECONDS * 1000:.1f}"}
