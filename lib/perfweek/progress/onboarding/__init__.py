"""What a team needs to work performance-first: limits for each dependency, a guide with the team's own numbers, training."""
