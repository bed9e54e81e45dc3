"""Rehearses several functions of an application side by side, each in a process of its own."""
