"""These files are functions to rehearse, not test modules."""

collect_ignore_glob = ["*"]
