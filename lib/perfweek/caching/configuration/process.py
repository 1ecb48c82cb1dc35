"""Settings of the cache inside the service."""

from perfweek.caching.configuration.sizes import JITTER, Sizes


def service_toml(sizes: Sizes) -> str:
    """In the form that the bundled sample reads; another service takes the figures."""
    return f"""# Caches of {sizes.service}: an in-process LRU in each instance, Redis behind it.
# Spread times to live by {100 * JITTER:.0f} % either way.
cached = ["item", "list", "daily", "search"]

[l1]
size_mb = {sizes.process_bytes / 1e6:.6g}
ttl_s = {sizes.process_ttl_s or 60:g}

[l2]
redis_url = "auto"
ttl_s = {sizes.shared_ttl_s or 300:g}
"""
