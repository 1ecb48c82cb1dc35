"""python -m perfweek is the command line."""

from perfweek.cli import main

main()
