"""The review meeting: an agenda made from what changed this week, with room for what people decide."""
