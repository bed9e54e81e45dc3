"""What runs in machines to prove plugins: clients that are used before the snapshot and after it.

Nothing here may need what tests need. The tests import the modules too, and their process shall
not have the libraries: so each is imported where it is used.
"""

from __future__ import annotations


def nothing():
    """Do nothing: to see that a machine works."""
