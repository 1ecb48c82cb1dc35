"""Bottlenecks: how the response time of each endpoint divides, what each part could give back, and one list of all that was found."""
