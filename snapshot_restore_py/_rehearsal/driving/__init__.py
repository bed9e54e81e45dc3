"""Runs a function's processes through their lives, and records what they tell."""
