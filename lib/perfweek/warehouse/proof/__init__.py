"""Whether a rewritten statement gives what the original gives: both are run, on a sample of the rows and on rows made to tell them apart."""
