"""The episode log on a database: SQLite by default, PostgreSQL when outgrown."""
