"""Rehearses a snapshot: runs a function through its whole life on this machine.

- `driving` runs the function's processes through their lives; `driving.engines` are the ways
  to make copies of a process.
- `inside` is what runs in the function's processes: their phases, and what they see of
  themselves.
- `evidence` is the record of what was seen. The processes fill it, the findings read it.
- `findings` has a module for each family of what can be wrong; `advice` writes its code.
- `telling` is what all forms of the report share, its record first; `reports` has a module for
  each form.
- `ignoring` accepts findings: by comments, and by a baseline. `configuration` reads the file that
  says options and accepts findings too.

`rehearsal` joins them, and `command` is the command.
"""
