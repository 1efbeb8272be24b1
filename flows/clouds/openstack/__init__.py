"""Adapter of real clouds with OpenStack APIs (Glance, Nova, Cinder, IMS). Calls use the credentials of the actor."""
