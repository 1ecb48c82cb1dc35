"""What the requests ask of the database."""

from perfweek.exhibit import Listing, Section, Sentence
from perfweek.load.database import sentences, tables
from perfweek.load.database.n_plus_one import growths
from perfweek.load.database.statements import Statements


def database(statements: Statements) -> Section:
    """Statements by shape and route, and routes that send more statements the more items they return."""
    growing, source = growths(statements), statements.source
    return [
        Sentence(sentences.statements_sentence(statements)),
        Listing(
            tables.statement_table(statements),
            "Statements by shape and route",
            source,
            tables.STATEMENT_FORMATS,
            sentences.statements_note(statements),
        ),
        Sentence(sentences.growth_sentence(growing)),
        Listing(tables.growth_table(growing), "Statements for each further item", source),
    ]
