"""What people read and say: stand-up notes, checklists, the manager's page, the review's paper and slides, the plan. All from facts."""
