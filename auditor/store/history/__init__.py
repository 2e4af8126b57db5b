"""The history: every audit that was stored, in SQLite or PostgreSQL, with its evidence beside it.

`open_history` is the way in. The modules below hold all SQL of the auditor; SQLAlchemy is imported here
and nowhere else, so whoever needs no history needs no SQLAlchemy.
"""
