"""In which order a table's rows should be stored: candidate keys, what each would scan, what it costs, the change, and its proof."""
