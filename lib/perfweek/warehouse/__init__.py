"""The warehouse: one interface over the embedded engine and Snowflake, its query history, and what would make its queries cheaper."""
