"""Reads an application's template: which functions there are, and how each is configured."""
