"""Tuesday: decision records, the criteria that the evidence answers, and what it says on each record."""
