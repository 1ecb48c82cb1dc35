"""How entries are named: what splits them, where they land in a cluster, and the specification that follows."""
