"""The pool as a person takes it away: settings for SQLAlchemy's pool and the connector, and a note that says why."""

from pathlib import Path

from perfweek.files import write_atomic
from perfweek.warehouse.sizing.pool_study import RECYCLE_S, PoolStudy
from perfweek.week import Week
from perfweek.wording import bracketed, count, number

FOLDER = "wednesday"


def write_pool(week: Week, study: PoolStudy | None) -> list[Path]:
    """pool.toml and pool.md in the week's artifacts; nothing without a study."""
    if study is None:
        return []
    folder = week.artifacts / FOLDER
    return [write_atomic(folder / "pool.toml", pool_toml(study)), write_atomic(folder / "pool.md", pool_note(study))]


def pool_toml(study: PoolStudy) -> str:
    """Settings by library: the keys are the arguments' names."""
    return f"""# A pool for the connections of one process group; why these values: pool.md
#
#   settings = tomllib.load(open("pool.toml", "rb"))
#   engine = sqlalchemy.create_engine(url, connect_args=settings["connector"], **settings["sqlalchemy"])

[sqlalchemy]
pool_size = {study.size}  # kept open
max_overflow = {study.overflow}  # more of them in a burst, closed again
pool_timeout = {study.timeout_s}  # s that a request waits for a connection before it fails
pool_recycle = {RECYCLE_S}  # s after which a connection is replaced; a session without a keep-alive ends after four hours
pool_pre_ping = false  # a round trip a request; recycling makes it needless
pool_use_lifo = true  # connections that a burst opened fall idle, and are recycled

[connector]
client_session_keep_alive = false
login_timeout = {max(10, study.timeout_s)}  # s

[connector.session_parameters]
STATEMENT_QUEUED_TIMEOUT_IN_SECONDS = {max(30, 2 * study.timeout_s)}  # the queue behind the pool has an end too
USE_CACHED_RESULT = true
"""


def pool_note(study: PoolStudy) -> str:
    """The design note, in Markdown."""
    return "\n\n".join(["# Connections to the warehouse", _answer(study), _table(study), _behind(study), _rest(study)]) + "\n"


def _answer(study: PoolStudy) -> str:
    stream = study.client.stream
    return (
        f"**{count(study.size, 'connection')}**: with them {count(len(stream.arrivals_s), study.client.held)} of the history would have waited "
        f"{bracketed(study.mean, 's')} on average, and 95 % of them at most {bracketed(study.p95, 's')}; asked for: {study.most_wait_s:g} s. "
        f"The history shows {count(study.client.sessions, 'session')} for {count(study.client.statements, 'statement')} of this user, and at most "
        f"{count(study.at_once, 'connection')} needed at once.\n\n"
        f"Found by a replay: each {study.client.held} arrives when it did, holds a connection for as long as it did, and the pool serves first come, "
        "first served. The ranges come from drawing stretches of the history anew."
    )


def _table(study: PoolStudy) -> str:
    rows = [
        f"| {row.size} | {number(row.mean_s)} | {number(row.p95_s)} | {number(row.longest_s)} | {number(row.erlang_c_s)} |" for row in study.sizes
    ]
    head = "| connections | mean wait, s | p95, s | longest, s | Erlang C says, s |\n|---:|---:|---:|---:|---:|"
    after = (
        "Erlang C takes arrivals for random at one steady rate. Real ones come in bursts, and wait longer than it says; it stands here so that "
        "nobody sizes by it."
    )
    return "## Other sizes\n\n" + "\n".join([head, *rows]) + f"\n\n{after}"


def _behind(study: PoolStudy) -> str:
    if not study.coupled:
        return (
            "## What happens at another size\n\nThe replay keeps the times that statements took. With more connections more of them run at once, and "
            "each may take longer; whether they would cannot be told here, because the warehouse has other users too or its size is not known."
        )
    rows = [
        f"| {row.size} | {number(row.pool_s)} | {number(row.warehouse_s)} | {number(row.both_s)} | {number(row.p95_s)} |" for row in study.coupled
    ]
    head = "| connections | wait for one, s | in the warehouse, s | both, s | p95 of both, s |\n|---:|---:|---:|---:|---:|"
    after = (
        "Means of a replay of the pool and the warehouse together: with more connections the wait moves into the warehouse's queue. Where the "
        "sum does not fall, a larger pool is no remedy: the warehouse is."
    )
    return "## What happens at another size\n\n" + "\n".join([head, *rows]) + f"\n\n{after}"


def _rest(study: PoolStudy) -> str:
    return f"""## How it is set

- **Overflow** {study.overflow}: bursts needed up to {study.at_once} at once. Connections beyond the pool's size cost a login each time.
- **Timeout** {study.timeout_s} s: twice the longest wait of the replay, between 1 s and 30 s. A request that waits longer should fail and say so.
- **Recycling** after {RECYCLE_S} s, so that no request meets a session that ended.
- **By tenant**: one pool for all tenants shares the connections best, but one tenant's burst makes the others wait. Where that must not be, give each
  tenant a pool sized by its own statements; the sum of the pools is then larger than this one.
- **By process**: the size counts connections of all processes of the service together. Divide it among them, and round up.
- **Sharing**: a connection answers one statement at a time; no two threads use it at once. A transaction keeps its connection to the end.

## What this does not know

Waits for a connection before statements reach the warehouse are not in its history: where the present pool was full, arrivals here are already later
and smoother than they were. Measure the pool's own wait (SQLAlchemy: time around `pool.connect()`) and compare it with the table."""
