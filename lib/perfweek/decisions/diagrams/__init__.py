"""Diagrams of the system from the traffic that was seen, against what the target declares: architecture and data flow."""
