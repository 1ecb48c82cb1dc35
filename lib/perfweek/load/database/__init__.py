"""The statements that the load caused: how long they take, and whether they grow with the rows that are returned."""
