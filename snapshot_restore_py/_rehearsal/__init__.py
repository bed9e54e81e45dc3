"""Rehearses a snapshot: runs a function through its whole life on this machine.

The function's own code runs in processes of its own (`process`), which watch themselves
(`observation`). The command's process starts, times and stops them (`conductor`), compares
what they saw (`findings`), and reports (`report`, shown by `text` and `html`).
"""
