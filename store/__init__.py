"""The episode log on a database: SQLite by default, PostgreSQL when outgrown.

`urls.resolve_url` reads the setting, `log.open_store` opens what it names.
"""
