"""Capacity: at which load the service stops keeping up, and how sure that is."""
