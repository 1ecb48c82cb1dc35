"""Thursday, section by section: what each shows."""
