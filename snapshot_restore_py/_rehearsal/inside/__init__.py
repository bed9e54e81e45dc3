"""What runs in the function's own processes.

Its modules are loaded there one by one, without the package around them: the function is to
be the first to import that. So each imports only those that `function` loads before it.
"""
