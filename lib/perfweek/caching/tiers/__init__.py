"""Four cache tiers simulated together, request by request: each sees what the ones before it missed."""
