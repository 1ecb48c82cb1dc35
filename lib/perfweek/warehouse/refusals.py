"""What Snowflake refuses, in the user's terms: what happened, and what to do about it.

Numbers are those of Snowflake's client libraries (errorcode.py, network.py) and of its answers in public issues; a kind of login
whose number is not public is told by its words.
No text of a refused login is passed on: it may quote the connection.
"""

from dataclasses import dataclass

from snowflake.connector import errors

from perfweek.errors import UnreachableError, UnreadableError, WarehouseError
from perfweek.warehouse.grants import grants, named, views_of

_NOT_READABLE = {2003, 2043, 3001}
"""Does not exist or not authorized; does not exist or cannot be performed; insufficient privileges."""
_TEST = "Try it with: snow connection test"
_LOGIN = range(390000, 400000)


@dataclass(frozen=True)
class _Login:
    """A kind of refused login: the numbers or words by which it is told, what it means, what to do."""

    numbers: frozenset[int]
    words: tuple[str, ...]
    what: str
    remedy: str


_WRITE = "Write it into its section of connections.toml, or into the environment."
_LOGINS = (
    _Login(frozenset({251001}), (), "the connection has no account", _WRITE),
    _Login(frozenset({251005}), (), "the connection has no user", _WRITE),
    _Login(frozenset({251006}), (), "the connection has no password, key or token", _WRITE),
    _Login(frozenset({251007, 251008}), (), "a value of the connection is not valid", "Check authenticator, account, user and key."),
    _Login(
        frozenset(),
        ("MFA", "ulti-factor", "passcode"),
        "Snowflake asks for a second factor",
        "Use a key pair (authenticator SNOWFLAKE_JWT) or a programmatic access token; a person may use username_password_mfa.",
    ),
    _Login(
        frozenset(),
        ("specified in the connect string",),
        "the connection's role is not there, or not granted to its user",
        "Name another role in its section, or have it granted: grant role <role> to user <user>;",
    ),
    _Login(
        frozenset({390201}),
        (),
        "the connection's warehouse or database is not there, or not granted to its role",
        "Name another in its section, or have it granted: grant usage on warehouse <warehouse> to role <role>;",
    ),
    _Login(
        frozenset(),
        ("is not allowed to access Snowflake", "Network policy is required"),
        "Snowflake's network policy keeps this address or token out",
        "Connect from an allowed network, or have the address allowed, or the user given a network policy.",
    ),
    _Login(
        frozenset({*_LOGIN}),
        ("Incorrect username or password", "JWT token is invalid"),
        "Snowflake refused the login",
        "Check its user, authenticator and secret.",
    ),
)
"""The first that fits."""


@dataclass(frozen=True)
class Session:
    """Whose session a statement ran in; empty where it is not known."""

    role: str = ""
    warehouse: str = ""


def refused_login(connection: str, error: Exception) -> WarehouseError:
    """Why there is no session, without a word of the connection's own."""
    number, text = getattr(error, "errno", None), str(error)
    if "Invalid connection_name" in text:
        remedy = f"Add a section [{connection}] there, or name another in target.toml."
        return WarehouseError(f"the connector knows no connection {connection!r}", "connections.toml", remedy)
    if isinstance(error, OSError) and error.filename:
        remedy = f"Mend its path in the section [{connection}], or let this user read it."
        return WarehouseError(f"a file that the connection needs cannot be read: {error.filename}", f"connection {connection}", remedy)
    if isinstance(error, errors.ConfigSourceError):
        return WarehouseError("connections.toml cannot be read", f"connection {connection}", f"Mend it: it is TOML, a section a connection. {_TEST}")
    if isinstance(error, ValueError | TypeError):
        remedy = f"Check authenticator, private_key_file (a PEM file), its passphrase, and port. {_TEST}"
        return WarehouseError(f"a value of the connection is missing or not valid ({type(error).__name__})", f"connection {connection}", remedy)
    for kind in _LOGINS:
        if number in kind.numbers or any(word in text for word in kind.words):
            return WarehouseError(f"{kind.what} ({number})", f"connection {connection}", f"{kind.remedy} {_TEST}")
    name = f"{type(error).__name__} {number or ''}".strip()
    remedy = f"Check its account and host, and the network. {_TEST}"
    return UnreachableError(f"Snowflake does not answer ({name})", f"connection {connection}", remedy)


def refused(sql: str, error: errors.Error, session: Session) -> WarehouseError:
    """Why a statement was refused. UnreadableError for what is not there or not granted."""
    what = f"Snowflake refused a statement: {' '.join((error.msg or str(error)).split())[:300]}"
    kind = UnreadableError if error.errno in _NOT_READABLE else WarehouseError
    return kind(what, excerpt(sql), _remedy(sql, error.errno, session))


def _remedy(sql: str, number: int | None, session: Session) -> str:
    role, warehouse = named(session.role), named(session.warehouse, "warehouse")
    views = views_of(sql)
    if number in _NOT_READABLE and views:
        return (
            f"An administrator runs: {grants(views, session.role)} or, for all of it: grant imported privileges on database snowflake to role {role};"
        )
    return {
        2003: f"Check its name, and that role {role} may use its database and schema and select from it.",
        2043: f"Check its name, and that role {role} may use it.",
        3001: f"Role {role} lacks a privilege: the message says on what; or name another role in the connection.",
        606: f"Name a warehouse in the connection that its role may use: grant usage on warehouse {warehouse} to role {role};",
        608: f"Resume it: alter warehouse {warehouse} resume; (for this: grant operate on warehouse {warehouse} to role {role};), "
        f"or let it resume by itself: alter warehouse {warehouse} set auto_resume = true;",
        90073: "Raise the quota: alter resource monitor <monitor> set credit_quota = <credits>; or wait for its next period, or name another "
        "warehouse in the connection.",
        604: "The statement was cancelled or ran into a time limit: the connection's network_timeout, or STATEMENT_TIMEOUT_IN_SECONDS.",
        630: "The statement ran into its time limit: raise STATEMENT_TIMEOUT_IN_SECONDS, or ask for less.",
    }.get(number or 0, "")


def excerpt(sql: str) -> str:
    """The statement's beginning in one line."""
    return " ".join(sql.split())[:120]
