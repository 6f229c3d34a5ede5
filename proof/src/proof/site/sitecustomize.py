"""Python imports this at the start of every process whose PYTHONPATH names this folder."""

from proof.weakened import weaken

weaken()
