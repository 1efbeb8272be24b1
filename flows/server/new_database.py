"""Create the database of a Prefect server in a new home, in half the time that Prefect takes.

Prefect runs its migrations with an asynchronous driver: 34,000 statements, and two thread switches for each. Here the
same migrations run with SQLite's own driver and the options that Prefect gives Alembic. Prefect still checks the
database when it starts; it finds nothing to do, or runs the remaining migrations.
"""

import os
import sqlite3
import warnings
from contextlib import closing
from pathlib import Path
from typing import Any

from data.access.private_folders import PRIVATE_FILE

DATABASE = "prefect.db"


def make_database(home: Path) -> None:
    """Create the database if there is none. If that fails, no file stays behind and Prefect creates the database.

    Call this while no other process starts a server of this home, and after Prefect's settings are in the environment.
    """
    file = home / DATABASE
    if file.exists():
        return
    draft = home / f"{DATABASE}.new"
    try:
        draft.unlink(missing_ok=True)
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE))
        _migrate(draft)
        draft.replace(file)
    except Exception as error:  # noqa: BLE001 - internals of Prefect, which another version may change
        warnings.warn(f"Prefect creates its database itself: {error}", stacklevel=1)
        draft.unlink(missing_ok=True)


def _migrate(file: Path) -> None:
    """Run Prefect's migrations on an empty file."""
    import sqlalchemy
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory
    from prefect.server.database import provide_database_interface
    from prefect.server.database.alembic_commands import alembic_config

    def newest(revision: Any, _: Any) -> Any:
        return script._upgrade_revs("head", revision)  # noqa: SLF001 - as alembic.command.upgrade does

    database, config = provide_database_interface(), alembic_config()
    script = ScriptDirectory.from_config(config)
    script.version_locations = [str(database.orm.versions_dir)]
    engine = sqlalchemy.create_engine("sqlite://", creator=lambda: _connect(file), poolclass=sqlalchemy.pool.NullPool)
    sqlalchemy.event.listen(engine, "begin", lambda con: con.exec_driver_sql("BEGIN IMMEDIATE"))
    with (
        warnings.catch_warnings(),
        EnvironmentContext(config, script, fn=newest) as context,
        engine.connect() as con,
    ):
        warnings.simplefilter("ignore", sqlalchemy.exc.SAWarning)
        context.configure(
            connection=con,
            target_metadata=database.Base.metadata,
            include_schemas=True,
            render_as_batch=True,
            transaction_per_migration=True,
            template_args={"dialect": "sqlite"},
        )
        context.execute("COMMIT")
        context.execute("PRAGMA foreign_keys = OFF")
        # Safe: no other process reads the draft, and after a crash the draft is discarded.
        context.execute("PRAGMA synchronous = OFF")
        context.execute("BEGIN IMMEDIATE")
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()
    _use_wal(file)


def _connect(file: Path) -> sqlite3.Connection:
    # With isolation_level None the driver begins no transaction by itself, as in Prefect's own engine.
    return sqlite3.connect(file, isolation_level=None)


def _use_wal(file: Path) -> None:
    """Set the modes that Prefect's own engine uses; the journal mode is stored in the file."""
    with closing(_connect(file)) as con:
        con.execute("PRAGMA synchronous = FULL")
        con.execute("PRAGMA journal_mode = WAL")
