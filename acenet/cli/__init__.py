"""The command `acenet`: a module with `add_parser` for each of its words; `main` runs the one that was chosen."""
