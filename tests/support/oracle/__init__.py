"""A second, slow implementation of policy, effects and cost in plain Python, which the SQL is compared with."""
