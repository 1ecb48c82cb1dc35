"""The scripts that make the recommended change, check it and undo it. Names from query texts are quoted, comments kept to a line."""

import re
from collections.abc import Sequence
from pathlib import Path

from sqlglot import exp

from perfweek.files import write_atomic
from perfweek.warehouse.clustering import FOLDER, Advice
from perfweek.warehouse.clustering.keys import Key
from perfweek.warehouse.study import Study
from perfweek.week import Week

_RESERVED_WORDS = """
    all alter and any as between by case cast check column connect connection constraint create cross current current_date current_time
    current_timestamp current_user database delete distinct drop else exists false following for from full grant group gscluster having
    ilike in increment inner insert intersect into is issue join lateral left like localtime localtimestamp minus natural not null of on or
    order organization qualify regexp revoke right rlike row rows sample schema select set some start table tablesample then to trigger true
    try_cast union unique update using values view when whenever where with account
"""
_RESERVED = frozenset(_RESERVED_WORDS.split())  # https://docs.snowflake.com/en/sql-reference/reserved-keywords


def write_scripts(week: Week, study: Study) -> list[Path]:
    """Write apply.sql, verify.sql and rollback.sql below the week's artifacts, for an embedded warehouse also those that run there;
    none without advice. Returns their paths."""
    if not study.advice:
        return []
    texts = scripts(study.advice, study.key_now) | (embedded_scripts(study.advice) if study.embedded else {})
    return [write_atomic(week.artifacts / FOLDER / f"{name}.sql", text) for name, text in texts.items()]


def scripts(advice: Advice, key_now: str = "") -> dict[str, str]:
    """The texts for Snowflake by name: apply, verify, rollback.

    `key_now`: the key that the table has, as Snowflake states it; it is what the rollback restores.
    """
    table, keys = _names(advice)
    verify = f"{_verify(advice, table)}\nselect system$clustering_information({_literal(table)}, {_literal(f'({keys})')});\n"
    return {"apply": _cluster(advice, table, keys), "verify": verify, "rollback": _unset(table, key_now)}


def embedded_scripts(advice: Advice) -> dict[str, str]:
    """The same for the embedded engine, which has no clustering keys: the table is written anew in order."""
    table, keys = _names(advice)
    return {"apply_embedded": _rewrite(advice, table, keys), "verify_embedded": _verify(advice, table), "rollback_embedded": _restore(table)}


def table_name(parts: Sequence[str]) -> str:
    """The table as it is written in SQL: plain where Snowflake reads the plain name as the same table, else quoted."""
    return ".".join(_name(part) for part in parts)


def _names(advice: Advice) -> tuple[str, str]:
    return table_name(advice.use.table), ", ".join(_key_name(key, advice) for key in advice.chosen.keys)


def _cluster(advice: Advice, table: str, keys: str) -> str:
    estimate = f"select system$estimate_automatic_clustering_costs({_literal(table)}, {_literal(f'({keys})')});"
    return _header(
        f"Change: cluster {table} by ({keys}).",
        *_expected(advice),
        "Reclustering runs in the background and is billed. Ask for its price first (the answer may be off by 100 %):",
        f"  {estimate}",
        "Undo with rollback.sql, check with verify.sql.",
    ) + (f"alter table {table} cluster by ({keys});\n")


def _unset(table: str, key_now: str) -> str:
    restored = f"cluster by {_parenthesised(key_now)}" if key_now else "drop clustering key"
    return _header(
        f"Undo: {table} gets back the clustering key that it had." if key_now else f"Undo: {table} has no clustering key again.",
        "Rows stay in their new order until they are written anew, and what reclustering cost is not refunded.",
        "A table that was clustered before September 2026 comes back with the newer kind of clustering: that is not undone.",
    ) + (f"alter table {table} {restored};\n")


def _rewrite(advice: Advice, table: str, keys: str) -> str:
    kept = _kept(table)
    return _header(
        f"Change: write {table} anew in order of {keys}; the embedded engine has no clustering keys.",
        *_expected(advice),
        "Stop the service first. Indexes and constraints are not carried over. The old rows are kept until they are put back or dropped.",
    ) + (f"create table {kept} as select * from {table};\ncreate or replace table {table} as select * from {kept} order by {keys};\n")


def _restore(table: str) -> str:
    kept = _kept(table)
    return _header(f"Undo: {table} gets back its rows in the order that they had. Stop the service first; what was added since is lost.") + (
        f"create or replace table {table} as select * from {kept};\ndrop table {kept};\n"
    )


def _verify(advice: Advice, table: str) -> str:
    """The share by endpoint of the last hour."""
    word = table.rpartition(".")[2].strip('"').lower()
    return (
        _header(
            "Check: the share of partitions scanned by each endpoint in the last hour.",
            *_expected(advice),
            "On Snowflake the view is up to 45 minutes late, and reclustering takes its time.",
        )
        + f"""select
    try_parse_json(query_tag):route::string as endpoint,
    count(*) as statements,
    sum(partitions_scanned) / nullif(sum(partitions_total), 0) as partitions_scanned_share
from snowflake.account_usage.query_history
where start_time >= dateadd(hour, -1, current_timestamp())
    and query_type = 'SELECT'
    and contains(lower(query_text), {_literal(word)})
group by try_parse_json(query_tag):route::string
order by statements desc;
"""
    )


def _expected(advice: Advice) -> list[str]:
    lines = []
    for endpoint in advice.affected:
        share, now = advice.chosen.endpoints[endpoint], 100 * advice.now[endpoint].value
        low, likely, high = (f"{100 * bound:.1f}" for bound in (share.low, share.likely, share.high))
        lines.append(f"  {endpoint}: {now:.1f} % of the partitions now, expected {likely} % ({low} to {high})")
    return ["Expected:", *lines] if lines else ["Expected: no endpoint scans clearly less."]


def _header(*lines: str) -> str:
    return "".join(f"-- {re.sub(r'[^ -~]|[ ]{3,}', ' ', line)}\n" for line in lines)


def _key_name(key: Key, advice: Advice) -> str:
    return key.sql(_name(advice.use.columns[key.column]))


def _name(part: str) -> str:
    plain = part.lower()
    if re.fullmatch(r"[A-Z_][A-Z0-9_$]*", part) and plain not in _RESERVED:
        return plain
    return exp.to_identifier(part, quoted=True).sql("snowflake")


def _kept(table: str) -> str:
    return f'{table[:-1]}__before"' if table.endswith('"') else f"{table}__before"


def _literal(text: str) -> str:
    return exp.Literal.string(text).sql("snowflake")


def _parenthesised(key: str) -> str:
    """'LINEAR(a, b)' as the catalogue states it, or '(a, b)', as it is written in an alter."""
    stated = " ".join(key.split()).removeprefix("LINEAR").strip()
    return stated if stated.startswith("(") else f"({stated})"
