"""The columns of SNOWFLAKE.ACCOUNT_USAGE.QUERY_HISTORY, in its order, with the types of both engines.

https://docs.snowflake.com/en/sql-reference/account-usage/query_history; without the two columns of reader accounts.
"""

from typing import Final

_NUMBERS = "BIGINT"
_MILLISECONDS = "DOUBLE"  # whole numbers on Snowflake; an embedded statement takes a fraction of one

_KINDS: Final = {
    "VARCHAR": """query_id query_text database_name schema_name query_type user_name role_name warehouse_name warehouse_size warehouse_type
        query_tag execution_status error_code error_message outbound_data_transfer_cloud outbound_data_transfer_region
        inbound_data_transfer_cloud inbound_data_transfer_region release_version role_type query_hash query_parameterized_hash
        secondary_role_stats query_retry_cause user_type user_database_name user_database_id user_schema_name user_schema_id agent_type""",
    "TIMESTAMPTZ": "start_time end_time",
    "BOOLEAN": "is_client_generated_statement",
    "JSON": "bind_values",
    _MILLISECONDS: """total_elapsed_time compilation_time execution_time queued_provisioning_time queued_repair_time queued_overload_time
        transaction_blocked_time list_external_files_time child_queries_wait_time query_retry_time fault_handling_time
        percentage_scanned_from_cache credits_used_cloud_services""",
}
_TYPE_OF = {name: kind for kind, names in _KINDS.items() for name in names.split()}

_ORDER: Final = """query_id query_text database_id database_name schema_id schema_name query_type session_id authn_event_id user_name role_name
    warehouse_id warehouse_name warehouse_size warehouse_type cluster_number query_tag execution_status error_code error_message start_time
    end_time total_elapsed_time bytes_scanned percentage_scanned_from_cache bytes_written bytes_written_to_result bytes_read_from_result
    rows_produced rows_inserted rows_updated rows_deleted rows_unloaded bytes_deleted partitions_scanned partitions_total
    bytes_spilled_to_local_storage bytes_spilled_to_remote_storage bytes_sent_over_the_network compilation_time execution_time
    queued_provisioning_time queued_repair_time queued_overload_time transaction_blocked_time outbound_data_transfer_cloud
    outbound_data_transfer_region outbound_data_transfer_bytes inbound_data_transfer_cloud inbound_data_transfer_region
    inbound_data_transfer_bytes list_external_files_time credits_used_cloud_services release_version external_function_total_invocations
    external_function_total_sent_rows external_function_total_received_rows external_function_total_sent_bytes
    external_function_total_received_bytes query_load_percent is_client_generated_statement query_acceleration_bytes_scanned
    query_acceleration_partitions_scanned query_acceleration_upper_limit_scale_factor transaction_id child_queries_wait_time role_type
    query_hash query_hash_version query_parameterized_hash query_parameterized_hash_version secondary_role_stats rows_written_to_result
    query_retry_time query_retry_cause fault_handling_time user_type user_database_name user_database_id user_schema_name user_schema_id
    bind_values agent_type"""

DUCKDB_TYPES: Final[dict[str, str]] = {name: _TYPE_OF.get(name, _NUMBERS) for name in _ORDER.split()}
_SNOWFLAKE = {"BIGINT": "NUMBER(38,0)", "DOUBLE": "FLOAT", "TIMESTAMPTZ": "TIMESTAMP_LTZ(6)", "JSON": "ARRAY"}


def snowflake_type(kind: str) -> str:
    """Snowflake's name for one of DuckDB's types."""
    return _SNOWFLAKE.get(kind, kind)


SNOWFLAKE_TYPES: Final[dict[str, str]] = {name: snowflake_type(kind) for name, kind in DUCKDB_TYPES.items()}
