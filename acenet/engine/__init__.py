"""What makes the networks fast: put on from outside by who runs one, and taken off again (`acenet.engine.modes`).

The networks know nothing of it. Weights, their names and the values stay those of the plain modules, but for rounding.
"""
