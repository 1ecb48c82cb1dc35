"""How many different questions are asked of one table: each shape is a model that reads would like to have."""

from collections import defaultdict

from sqlglot import exp

from perfweek.decisions.cqrs.mismatch import is_read, parsed
from perfweek.decisions.criteria import Criterion, Observation, Rule, Threshold, criterion
from perfweek.decisions.joint import exact
from perfweek.decisions.material import Evidence, Missing, Statements

RULE = Rule(
    record="ADR-002",
    id="read-shapes",
    quantity="shapes in which one table is read",
    unit="shapes",
    formula="distinct selects, literals aside, whose first table is the same; the table with most; a shape counts from 1 % of its reads on",
    threshold=Threshold("at least", 3, 3, "J", "three shapes over one table want models of their own"),
    role="supporting",
    instead="one view for the one or two shapes",
    fewest=50,
    measure="record or export the query history of the load with its texts",
)
RARE = 0.01


def read_shapes(evidence: Evidence) -> Criterion:
    """The most shapes in which any table is read: a count, so without an interval."""
    return criterion(RULE, evidence.statements, _observe)


def root_table(text: str) -> str:
    """The table that a select starts from; '' for none."""
    tree = parsed(text)
    table = tree.find(exp.Table) if tree is not None else None
    return table.name.lower() if table else ""


def _observe(statements: Statements) -> Observation | Missing:
    texts = statements.texts
    counted: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for shape, rows in texts.groupby("shape", sort=False):
        text = str(rows["text"].iloc[0])
        if is_read(text) and root_table(text):
            counted[root_table(text)][str(shape)] += len(rows)
    if not counted:
        return Missing("the query history holds no select whose text can be read")
    often = {table: sum(n >= RARE * sum(shapes.values()) for n in shapes.values()) for table, shapes in counted.items()}
    most = max(sorted(often), key=lambda table: often[table])
    found = exact(often[most], sum(sum(shapes.values()) for shapes in counted.values()), "count of shapes in the query history")
    return Observation.of(found, 1.0, "measured", f"`{most[:100]}` is read in {often[most]} shapes")
