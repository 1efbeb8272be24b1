"""The report pages as notebooks in jupytext's percent format, and the modules that they import.

This is a package so that a wheel contains it. Do not import from it: papermill runs the notebooks as files, in this
folder (see ``flows/pages/notebook_files.py``).
"""
