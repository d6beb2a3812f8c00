"""What others' programs compute, rebuilt from descriptions of them; no code of theirs."""
