"""What tiers are worth: response times, work spared at the origin, and money, with intervals from blocks of time."""
