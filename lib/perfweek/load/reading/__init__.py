"""Reading what k6 wrote: sniffed by content, read once at the speed of the memory, damage repaired or counted, audited."""
