"""Code to write into a finding, as the function's own source has it."""
