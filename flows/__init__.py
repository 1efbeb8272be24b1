"""The flows: what acts. Prefect is known here and nowhere below."""

from flows import moved

moved.install()
