"""What Snowflake refuses: each refusal with its own message and remedy, through the real connector."""

import pytest
from warehouse.between import Trouble, refusal, standing_between

from perfweek.errors import UnreachableError, UnreadableError, WarehouseError
from perfweek.warehouse.grants import grants, views_of
from perfweek.warehouse.snowflake import SnowflakeWarehouse

ASKED = "select query_id from snowflake.account_usage.query_history"
LOGIN = "login-request"


@pytest.fixture
def between(local_snowflake, tmp_path):
    with standing_between(local_snowflake.options["port"], tmp_path) as found:
        yield found


def refused_statement(between, code, message, sqlstate="22000", sql=ASKED):
    between.troubles = [refusal(sql, code, message, sqlstate)]
    with between.connect() as warehouse, pytest.raises(WarehouseError) as caught:
        warehouse.query(sql)
    assert (caught.value.where, warehouse.taken_up) == (sql, 0)
    return caught.value


def refused_login(between, code, message):
    between.troubles = [refusal(LOGIN, code, message, "08001")]
    with pytest.raises(WarehouseError) as caught:
        between.connect()
    assert "someone" not in str(caught.value)
    assert "hunter2" not in str(caught.value)
    return caught.value


def test_without_an_active_warehouse_its_grant_is_named(between):
    error = refused_statement(between, "000606", "No active warehouse selected in the current session.", "57P03")
    assert "No active warehouse" in error.what
    assert "grant usage on warehouse big to role analyst;" in error.remedy


def test_a_suspended_warehouse_is_to_be_resumed(between):
    error = refused_statement(between, "000608", "Warehouse 'BIG' is suspended. Use 'alter warehouse BIG resume;' command", "57014")
    for part in ("alter warehouse big resume;", "grant operate on warehouse big to role analyst;", "set auto_resume = true;"):
        assert part in error.remedy


def test_a_used_up_quota_is_to_be_raised(between):
    error = refused_statement(between, "090073", "Warehouse 'BIG' cannot be resumed because resource monitor 'M' has exceeded its quota.")
    assert "resource monitor 'M'" in error.what
    assert "set credit_quota" in error.remedy


@pytest.mark.parametrize(
    ("view", "role"),
    [
        ("query_history", "governance_viewer"),
        ("warehouse_metering_history", "usage_viewer"),
        ("table_query_pruning_history", "usage_viewer"),
        ("query_acceleration_eligible", "governance_viewer"),
    ],
)
def test_a_view_that_is_not_granted_is_answered_with_the_role_that_reads_it(between, view, role):
    sql = f"select 1 from snowflake.account_usage.{view}"
    error = refused_statement(between, "002003", f"Object 'SNOWFLAKE.ACCOUNT_USAGE.{view.upper()}' does not exist or not authorized.", "02000", sql)
    assert isinstance(error, UnreadableError)
    assert f"grant database role snowflake.{role} to role analyst;" in error.remedy
    assert "grant imported privileges on database snowflake to role analyst;" in error.remedy


@pytest.mark.parametrize(("code", "sqlstate"), [("003001", "42501"), ("002043", "02000"), ("002003", "02000")])
def test_an_object_that_may_not_be_read_is_told_apart_from_other_refusals(between, code, sqlstate):
    error = refused_statement(between, code, "Insufficient privileges to operate on schema 'S'", sqlstate, "select * from s.t")
    assert isinstance(error, UnreadableError)
    assert "role analyst" in error.remedy.lower()
    assert "imported privileges" not in error.remedy


@pytest.mark.parametrize("code", ["000604", "000630"])
def test_a_time_limit_is_named(between, code):
    assert "STATEMENT_TIMEOUT_IN_SECONDS" in refused_statement(between, code, "SQL execution canceled", "57014").remedy


def test_a_wrong_role_is_said(between):
    said = "Role 'NOBODY' specified in the connect string does not exist or not authorized. Contact your local system administrator."
    error = refused_login(between, "390189", said)
    assert "the connection's role is not there, or not granted" in error.what
    assert "grant role" in error.remedy


def test_a_warehouse_of_the_connection_that_is_not_granted_is_said(between):
    error = refused_login(between, "390201", "The requested warehouse does not exist or not authorized.")
    assert "warehouse or database" in error.what


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("250001", "Failed to authenticate: MFA authentication is required, but none of your current MFA methods are supported"),
        ("390100", "Incorrect passcode was specified."),
    ],
)
def test_a_second_factor_is_answered_with_ways_for_programs(between, code, message):
    error = refused_login(between, code, message)
    assert "second factor" in error.what
    assert "SNOWFLAKE_JWT" in error.remedy


@pytest.mark.parametrize(("code", "message"), [("390100", "Incorrect username or password was specified."), ("390144", "JWT token is invalid.")])
def test_a_wrong_secret_is_to_be_checked(between, code, message):
    error = refused_login(between, code, message)
    assert "refused the login" in error.what
    assert "snow connection test" in error.remedy


def test_a_network_policy_is_said(between):
    error = refused_login(between, "390422", "Incoming request with IP/Token 198.51.100.7 is not allowed to access Snowflake.")
    assert "network policy" in error.what


def test_nobody_answering_a_login_is_told_apart_from_a_refusal(between):
    between.troubles = [Trouble(LOGIN, "silent")]
    with pytest.raises(UnreachableError, match="does not answer") as caught:
        between.connect()
    assert "the network" in caught.value.remedy


@pytest.mark.parametrize(
    ("line", "missing"), [("", "password, key or token"), ('password = ""', "password, key or token"), ('password = "x"\nuser = ""', "user")]
)
def test_an_incomplete_connection_is_told_what_it_lacks(tmp_path, line, missing):
    path = tmp_path / "connections.toml"
    user = "" if "user" in line else 'user = "someone"\n'
    path.write_text(f'[half]\naccount = "a"\n{user}{line}\n')
    path.chmod(0o600)
    with pytest.raises(WarehouseError, match=f"has no {missing}") as caught:
        SnowflakeWarehouse("half", path)
    assert "connections.toml" in caught.value.remedy


KEY = 'authenticator = "SNOWFLAKE_JWT"'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('account = "a"\nuser = "someone"\npassword = "hunter2"\nport = "x"', "a value of the connection is missing or not valid"),
        ('account = "a"\nuser = "someone"\npassword = "hunter2"\nauthenticator = "NONE_SUCH"', "a value of the connection is not valid"),
        (f'account = "a"\nuser = "someone"\n{KEY}', "a value of the connection is missing or not valid"),
        (f'account = "a"\nuser = "someone"\n{KEY}\nprivate_key_file = "FOLDER/none.p8"', "a file that the connection needs cannot be read: "),
        (f'account = "a"\nuser = "someone"\n{KEY}\nprivate_key_file = "FOLDER/garbage.p8"', "a value of the connection is missing or not valid"),
        ('user = "someone"\npassword = "hunter2"', "the connection has no account"),
    ],
)
def test_a_connection_that_is_written_wrongly_is_said_before_anything_is_asked(tmp_path, text, said):
    (tmp_path / "garbage.p8").write_text("no key")
    path = tmp_path / "connections.toml"
    path.write_text(f"[odd]\n{text.replace('FOLDER', str(tmp_path))}\n")
    path.chmod(0o600)
    with pytest.raises(WarehouseError, match=said) as caught:
        SnowflakeWarehouse("odd", path)
    assert not isinstance(caught.value, UnreachableError)
    assert caught.value.remedy
    assert "hunter2" not in str(caught.value)


def test_views_of_two_roles_need_two_grants():
    views = views_of("select 1 from snowflake.account_usage.query_history join SNOWFLAKE.ACCOUNT_USAGE.TABLE_DML_HISTORY")
    assert views == ["query_history", "table_dml_history"]
    assert grants(views, "") == (
        "grant database role snowflake.governance_viewer to role <role>; grant database role snowflake.usage_viewer to role <role>;"
    )


def test_a_role_with_an_odd_name_is_quoted_in_its_grant():
    assert grants(["query_history"], 'a"; drop') == 'grant database role snowflake.governance_viewer to role "a""; drop";'
