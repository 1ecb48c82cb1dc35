"""What is next: candidates of all days, ranked by what they give for what they take, and the pages that say so."""
