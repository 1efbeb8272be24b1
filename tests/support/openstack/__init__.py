"""A real Keystone, Glance, Nova and Cinder for the tests: one stack for a test run."""
