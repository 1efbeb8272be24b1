"""Adapters of the port in ``domain.cloud``, one package per cloud. The packages do not import one another."""
