"""Tuesday's sections: what each question of the decision report shows, from what the subjects found."""
