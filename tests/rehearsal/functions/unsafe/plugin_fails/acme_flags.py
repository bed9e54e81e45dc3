import acme_flags_settings  # noqa: F401
