"""The four steps in plain Python: gather, judge, act, record. Does not depend on Prefect.

``steps`` carries out a batch, ``planning`` plans one, ``prepared_batch`` has the batch in groups of requests, and
``orders`` creates the orders to a cloud. ``active_batches`` marks running batches with a lock. Modules here may import
``data``, ``domain``, ``flows.batches`` and ``flows.clouds.inside_folder``.
"""
