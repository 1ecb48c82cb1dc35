"""Friday: the second measurement against the first, and the week's predictions against what was measured."""
