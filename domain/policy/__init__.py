"""The policy: rules as SQL predicates over facts, the engine that evaluates them, and profiles with dated numbers.

Imports the vocabulary and the action models.
"""
