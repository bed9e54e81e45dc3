"""The ways to run a function's process and to make copies of it: one module for each."""
