"""What the public module `testing` is made of.

Forked copies of the test's process (`copies`), what came of the call in each (`outcome`),
the registry as a test found it (`saved_registry`), and providers that no installed
distribution declares (`local_plugin`).
"""
