"""The policy: rules as SQL predicates over facts, the engine that judges, profiles of dated numbers.

Imports the vocabulary and the action models.
"""
