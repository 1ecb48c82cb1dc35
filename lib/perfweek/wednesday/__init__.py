"""Wednesday's sections: what each question of the optimization plan shows, from what the warehouse's analysis found."""
