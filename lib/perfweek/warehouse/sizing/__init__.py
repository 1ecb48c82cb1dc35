"""What another size, another time to suspend or another pool would do to recorded statements: curves from histories, and replays."""
