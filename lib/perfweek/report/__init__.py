"""Executing the notebooks, and making reports of them."""
