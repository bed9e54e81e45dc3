"""What is told of a rehearsal, and what all forms of the report share.

The record of the report, its timeline, its sentences and what is masked in it; and what a
terminal shows before and meanwhile. The forms themselves are the modules of `reports`.
"""
