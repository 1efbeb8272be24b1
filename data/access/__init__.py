"""Who may read and write the files of Imagekeeper: umask, private folders and files, the group of readers.

Imports nothing else of the project.
"""
