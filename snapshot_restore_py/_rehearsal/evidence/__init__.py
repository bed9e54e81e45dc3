"""What was seen of a function: plain records, and what follows from two inits' clocks."""
