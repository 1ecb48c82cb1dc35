"""Friday's sections: what each question of the progress report shows, from what the subjects found."""
