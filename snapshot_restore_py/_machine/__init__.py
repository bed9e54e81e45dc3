"""Small virtual machines that run the user's own Python, with real snapshots and restores.

A machine is booted once from a kernel of the system and an archive of files, saved, and
continued from there as often as wanted, each time as a copy of its own.
"""
