"""The files that put the tiers up, made from their sizes."""
