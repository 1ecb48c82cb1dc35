"""Monday's sections: what each question of the baseline report shows, from what the subjects found."""
