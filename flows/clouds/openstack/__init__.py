"""Real clouds that speak OpenStack: images and members in Glance, each call with the identity of whoever acts."""
