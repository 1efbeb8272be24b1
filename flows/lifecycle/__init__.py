"""The four steps in plain Python: gather, judge, act, record. Knows no Prefect.

``steps`` carries out a batch, ``work`` is what there is to do, and ``orders`` are what a cloud is told to do. Modules
here may import ``data``, ``domain``, ``flows.batches`` and ``flows.clouds.inside_folder``.
"""
