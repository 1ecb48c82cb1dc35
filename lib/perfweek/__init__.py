"""perfweek: a performance-engineering week for a web service and the Snowflake warehouse behind it."""

from importlib.metadata import version

__version__ = version("perfweek")
