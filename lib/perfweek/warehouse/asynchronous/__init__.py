"""Independent statements that a request runs one after the other: found in the history, and measured in three ways of running them."""
