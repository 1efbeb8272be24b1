"""Generates the pages of docs/reference from the code: one module per page, each with a function ``page``.

``make reference`` writes the pages. A test compares them with the code and fails when one differs.
"""
