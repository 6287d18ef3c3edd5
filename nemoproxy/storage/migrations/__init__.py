"""Bringing a database to the schema that this code works with.

A migration is one file in `versions`, named after its revision, which is also the last entry of `schema.HISTORY`.
Alembic is imported only when one is due: it is of no use to a gateway that runs.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from nemoproxy.storage.engine import connect, migrating, reading
from nemoproxy.storage.errors import StorageError
from nemoproxy.storage.schema import HISTORY

_VERSION_TABLE = "alembic_version"


def migrate(engine: Engine, *, signup_grant: int = 0) -> None:
    """Runs what is due, under a lock, in one transaction. Refuses a database that is newer than the code.

    `signup_grant` goes to organisations that were there before there was money.
    """
    with migrating(engine) as connection:
        found = _version(connection)
        if found == HISTORY[-1]:
            return
        if found is not None and found not in HISTORY:
            raise StorageError(
                f"The database is at schema {found}, which is newer than this version of NemoProxy knows "
                f"(up to {HISTORY[-1]}).",
                "run the version that last used it, or a newer one",
            )
        _upgrade(connection, signup_grant)


def is_due(url: str) -> bool:
    """Whether to open a database would run migrations. False as well for one that cannot be opened."""
    engine = connect(url)
    try:
        with reading(engine) as connection:
            return _version(connection) != HISTORY[-1]
    except StorageError:
        return False
    finally:
        engine.dispose()


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {_VERSION_TABLE}")).scalar()  # noqa: S608  a constant


def _upgrade(connection: Connection, signup_grant: int) -> None:
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(Path(__file__).parent))
    steps = partial(scripts._upgrade_revs, HISTORY[-1])
    with EnvironmentContext(Config(), scripts, fn=lambda revision, _: steps(revision)) as context:
        context.configure(connection=connection, transactional_ddl=True, signup_grant=signup_grant)
        context.run_migrations()
