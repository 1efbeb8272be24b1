"""The clouds: adapters of the port in ``domain.cloud``, independent of one another."""
