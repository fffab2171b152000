"""The parts of `benchmarks/truth.py`: worlds whose truth is known, and what the figures make of them."""
