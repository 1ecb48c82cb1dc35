"""The views of SNOWFLAKE.ACCOUNT_USAGE beside QUERY_HISTORY that are read where they are granted, with the columns that are used.

https://docs.snowflake.com/en/sql-reference/account-usage; types as DuckDB names them.
"""

from typing import Final

from perfweek.warehouse.columns import DUCKDB_TYPES, snowflake_type

_KINDS: Final = {
    "TIMESTAMPTZ": "start_time end_time interval_start_time interval_end_time query_metering_hour",
    "DOUBLE": """eligible_query_acceleration_time
        credits_used credits_used_compute credits_used_cloud_services credits_attributed_compute_queries credits_attributed_compute
        credits_used_query_acceleration aggregate_query_elapsed_time aggregate_query_compilation_time aggregate_query_execution_time""",
    "BIGINT": """upper_limit_scale_factor num_queries partitions_scanned partitions_pruned rows_scanned rows_pruned rows_matched
        rows_added rows_removed rows_updated num_bytes_reclustered num_rows_reclustered""",
}
_TYPE_OF = {name: kind for kind, names in _KINDS.items() for name in names.split()}
_COLUMNS: Final = {
    "warehouse_metering_history": """start_time end_time warehouse_name credits_used credits_used_compute credits_used_cloud_services
        credits_attributed_compute_queries""",
    "query_attribution_history": """query_id warehouse_name query_hash query_parameterized_hash query_tag start_time end_time
        credits_attributed_compute credits_used_query_acceleration""",
    "query_metering_history": """query_id warehouse_name query_metering_hour query_hash query_parameterized_hash query_tag credits_used_compute
        credits_used_cloud_services""",
    "table_query_pruning_history": """interval_start_time interval_end_time database_name schema_name table_name warehouse_name query_hash
        query_parameterized_hash num_queries aggregate_query_elapsed_time aggregate_query_compilation_time aggregate_query_execution_time
        partitions_scanned partitions_pruned rows_scanned rows_pruned rows_matched""",
    "query_acceleration_eligible": """query_id query_text start_time end_time warehouse_name warehouse_size eligible_query_acceleration_time
        upper_limit_scale_factor query_hash query_parameterized_hash""",
    "column_query_pruning_history": """interval_start_time interval_end_time database_name schema_name table_name column_name variant_path
        access_type warehouse_name query_hash query_parameterized_hash num_queries aggregate_query_elapsed_time aggregate_query_compilation_time
        aggregate_query_execution_time partitions_scanned partitions_pruned rows_scanned rows_pruned rows_matched
        search_optimization_supported_expressions""",
    "table_dml_history": "start_time end_time database_name schema_name table_name rows_added rows_removed rows_updated",
    "automatic_clustering_history": """start_time end_time database_name schema_name table_name credits_used num_bytes_reclustered
        num_rows_reclustered version""",
}
VIEWS: Final[dict[str, dict[str, str]]] = {
    "query_history": DUCKDB_TYPES,
    **{view: {name: _TYPE_OF.get(name, "VARCHAR") for name in names.split()} for view, names in _COLUMNS.items()},
}
"""View -> column -> type."""


def snowflake_types(view: str) -> dict[str, str]:
    """The columns of a view with Snowflake's types."""
    return {name: snowflake_type(kind) for name, kind in VIEWS[view].items()}
