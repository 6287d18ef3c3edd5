"""The records, on real SQLite files, with real processes where that is what is asked about."""

from __future__ import annotations

import dataclasses
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nemoproxy.config import Limits, Secret, Storage
from nemoproxy.storage import (
    AmbiguousRecord,
    InvalidRecord,
    KeyRow,
    NewKey,
    Records,
    StorageError,
    UnknownRecord,
    migrations,
    read_pepper,
    schema,
)
from nemoproxy.storage.engine import connect, reading

PEPPER = b"a pepper of thirty-two characters"


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/var/records.db"


@pytest.fixture
def records(url: str) -> Iterator[Records]:
    with Records.open(url, PEPPER) as records:
        yield records


class TestOpen:
    def test_the_first_start(self, records: Records) -> None:
        (org,), (team,) = records.list_orgs(), records.list_teams()
        assert (org.name, team.name, team.org_id) == ("default", "default", org.id)
        assert records.list_keys() == [] and records.revision() == 1

    def test_nobody_else_may_read_it(self, records: Records, tmp_path: Path) -> None:
        records.set_org("a")
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "var").iterdir()}
        assert stat.S_IMODE((tmp_path / "var").stat().st_mode) == 0o700
        assert {"records.db", "records.db-wal"} <= modes.keys() and set(modes.values()) == {0o600}

    def test_durable_and_with_references(self, url: str, records: Records) -> None:
        with reading(connect(url)) as connection:
            pragmas = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in PRAGMAS]
        assert dict(zip(PRAGMAS, pragmas, strict=True)) == PRAGMAS

    def test_the_migrations_make_the_schema(self, url: str, records: Records) -> None:
        with reading(connect(url)) as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, schema.metadata) == []
        scripts = ScriptDirectory(str(Path(migrations.__file__).parent))
        assert tuple(script.revision for script in scripts.walk_revisions())[::-1] == schema.HISTORY

    def test_a_newer_database_is_refused_and_left_alone(self, url: str, records: Records, tmp_path: Path) -> None:
        file = sqlite3.connect(tmp_path / "var/records.db")
        with file:
            file.execute("UPDATE alembic_version SET version_num = '9999'")
        with pytest.raises(StorageError, match="schema 9999, which is newer"):
            Records.open(url, PEPPER)
        assert file.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)
        file.close()

    def test_a_migration_that_fails_leaves_nothing(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        from alembic import op

        def broken(*_: object) -> None:
            raise RuntimeError("power cut")

        with monkeypatch.context() as patch:
            patch.setattr(op, "bulk_insert", broken)
            with pytest.raises(RuntimeError, match="power cut"):
                Records.open(url, PEPPER)
        with Records.open(url, PEPPER) as records:
            assert len(records.list_teams()) == 1

    def test_what_is_no_database(self, tmp_path: Path) -> None:
        file = tmp_path / "text"
        file.write_text("not a database, not at all\n" * 50)
        with pytest.raises(StorageError, match="not a database"):
            Records.open(f"sqlite:///{file}", PEPPER)
        with pytest.raises(StorageError, match="cannot be used"):
            Records.open(f"sqlite:///{file}/x.db", PEPPER)
        for url in ("nonsense", "nosuch://u:canary@h/d", "postgresql+nosuch://u:canary@h/d", "sqlite://"):
            with pytest.raises(StorageError) as caught:
                Records.open(url, PEPPER)
            assert "canary" not in str(caught.value)

    def test_processes_that_start_at_once(self, url: str) -> None:
        """Each waits for the word; then all find no database, and one makes it."""
        script = f"""if True:
            import sys
            from nemoproxy.storage import NewKey, Records
            print("ready", flush=True)
            sys.stdin.readline()
            with Records.open({url!r}, {PEPPER!r}) as records:
                records.create_key(NewKey(alias="one of them"))
        """
        processes = [
            subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(4)
        ]
        for process in processes:
            assert process.stdout is not None and process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        for process in processes:
            process.communicate()
        assert [process.returncode for process in processes] == [0, 0, 0, 0]
        with Records.open(url, PEPPER) as records:
            assert len(records.list_keys()) == 4 and len(records.list_teams()) == 1
            assert records.revision() == 5

    def test_alembic_is_loaded_only_when_a_migration_is_due(self, url: str, records: Records) -> None:
        script = f"""if True:
            import sys
            from nemoproxy.storage import Records
            Records.open({url!r}, {PEPPER!r}).close()
            print([name for name in ("alembic", "rich", "click") if name in sys.modules])
        """
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        assert done.stdout == "[]\n"


PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}


class TestPepper:
    def test_made_once_and_kept(self, tmp_path: Path) -> None:
        storage = Storage(pepper_file=str(tmp_path / "new/pepper"))
        pepper = read_pepper(storage)
        assert len(pepper) == 64 and read_pepper(storage) == pepper
        assert stat.S_IMODE((tmp_path / "new/pepper").stat().st_mode) == 0o600
        assert os.listdir(tmp_path / "new") == ["pepper"]
        assert read_pepper(Storage(pepper_file=str(tmp_path / "other"))) != pepper

    def test_made_by_one_of_many(self, tmp_path: Path) -> None:
        storage, start = Storage(pepper_file=str(tmp_path / "pepper")), threading.Barrier(8)
        found: list[bytes] = []

        def read() -> None:
            start.wait()
            found.append(read_pepper(storage))

        _run_at_once([read] * 8)
        assert len(found) == 8 and len(set(found)) == 1

    def test_configured(self, tmp_path: Path) -> None:
        pepper = Secret("x" * 32)
        assert read_pepper(Storage(pepper=pepper, pepper_file=str(tmp_path / "no/where"))) == b"x" * 32
        assert not (tmp_path / "no").exists()

    def test_a_file_that_lost_its_content_is_not_replaced(self, tmp_path: Path) -> None:
        (tmp_path / "pepper").touch()
        with pytest.raises(StorageError, match="shorter than 32"):
            read_pepper(Storage(pepper_file=str(tmp_path / "pepper")))

    def test_another_than_the_keys_were_made_with(self, url: str, records: Records) -> None:
        other = Records.open(url, b"another" * 8)
        records.create_key(NewKey())
        with pytest.raises(StorageError, match="another pepper"):
            other.create_key(NewKey())
        with pytest.raises(StorageError, match="another pepper"):
            Records.open(url, b"another" * 8)
        other.close()


class TestKeys:
    def test_created_and_shown_once(self, records: Records, tmp_path: Path) -> None:
        expires = datetime.now(UTC) + timedelta(days=1)
        limits = Limits(rpm=5, tpm=10**12)
        row, key = records.create_key(
            NewKey(alias="ci", tier="annual", limits=limits, models=("a", "b/*"), expires_at=expires)
        )
        assert records.list_keys() == [row] and records.find_key(row.id) == row
        assert (row.alias, row.tier, row.limits, row.models) == ("ci", "annual", limits, ("a", "b/*"))
        assert row.expires_at == expires and row.revoked_at is None and row.created_at.tzinfo is UTC
        assert len(row.digest) == 32 and row.last4 == key[-4:] and row.revision == records.revision()
        everything = b"".join(path.read_bytes() for path in (tmp_path / "var").iterdir())
        assert key.encode() not in everything and key[-12:].encode() not in everything
        assert key not in repr(row) and row.digest.hex() not in repr(row) and repr(row.digest) not in repr(row)

    def test_digest_is_keyed_with_the_pepper(self, records: Records, tmp_path: Path) -> None:
        row, key = records.create_key(NewKey())
        from nemoproxy import _core

        assert row.digest == _core.Pepper(PEPPER).digest(key) != _core.Pepper(PEPPER + b"x").digest(key)

    def test_found_by_what_one_knows_of_it(self, records: Records) -> None:
        row, key = records.create_key(NewKey(alias="ci"))
        records.create_key(NewKey(alias="other"))
        for name in (row.id, "ci", key[-4:], f"sk-nemo-...{key[-4:]}", key):
            assert records.find_key(name) == row

    @pytest.mark.parametrize("name", ["", "nobody", "' OR 1=1 --", "%", "sk-nemo-", "\x00", "😀", "x" * 10_000])
    def test_not_found(self, records: Records, name: str) -> None:
        records.create_key(NewKey(alias="ci"))
        with pytest.raises(UnknownRecord):
            records.find_key(name)

    def test_a_key_that_is_not_found_is_not_repeated(self, records: Records) -> None:
        with Records.open(f"{records_url(records)}2", PEPPER) as elsewhere:
            _, key = elsewhere.create_key(NewKey())
        with pytest.raises(UnknownRecord) as caught:
            records.find_key(key)
        assert key not in str(caught.value) and key[-4:] in str(caught.value)

    def test_one_of_several(self, records: Records) -> None:
        (first, _), (second, _) = records.create_key(NewKey(alias="ci")), records.create_key(NewKey(alias="ci"))
        with pytest.raises(AmbiguousRecord) as caught:
            records.find_key("ci")
        assert first.id in str(caught.value.hint) and second.id in str(caught.value.hint)
        records.revoke_key(first.id)
        assert records.find_key("ci") == second
        records.revoke_key(second.id)
        with pytest.raises(AmbiguousRecord):
            records.find_key("ci")

    def test_revoked_once_and_seen_at_once_by_others(self, url: str, records: Records) -> None:
        row, _ = records.create_key(NewKey())
        with Records.open(url, PEPPER) as follower:
            seen = follower.revision()
            revoked = records.revoke_key(row.id)
            assert follower.changes_since(seen).keys == (revoked,)
            assert revoked.revoked_at is not None and revoked.revision == follower.revision() == seen + 1
            assert records.revoke_key(row.id) == revoked and follower.revision() == seen + 1
        assert records.list_keys() == [] and records.list_keys(revoked=True) == [revoked]
        with pytest.raises(UnknownRecord):
            records.revoke_key("key_nobody")

    def test_state(self, records: Records) -> None:
        row, _ = records.create_key(NewKey(expires_at=datetime.now(UTC) + timedelta(hours=1)))
        assert row.expires_at is not None
        assert row.state(row.expires_at - timedelta(microseconds=1)) == "live"
        assert row.state(row.expires_at) == "expired"
        assert records.revoke_key(row.id).state(row.expires_at) == "revoked"

    @pytest.mark.parametrize(
        "new",
        [
            NewKey(limits=Limits(rpm=0)),
            NewKey(limits=Limits(tpm=-1)),
            NewKey(limits=Limits(tps=10**9 + 1)),
            NewKey(limits=Limits(concurrency=2**70)),
            NewKey(limits=Limits(rpm=1.5)),  # type: ignore[arg-type]
            NewKey(alias=""),
            NewKey(alias=" "),
            NewKey(alias="a\x1b[2J"),
            NewKey(alias="a" * 101),
            NewKey(models=("",)),
            NewKey(models=("a b",)),
            NewKey(models=("a\n",)),
            NewKey(expires_at=datetime(2100, 1, 1)),
            NewKey(expires_at=datetime(2020, 1, 1, tzinfo=UTC)),
        ],
        ids=repr,
    )
    def test_absurd(self, records: Records, new: NewKey) -> None:
        with pytest.raises(InvalidRecord):
            records.create_key(new)
        assert records.revision() == 1

    def test_times_of_other_zones_are_the_same_moment(self, records: Records) -> None:
        from datetime import timezone

        moment = (datetime.now(UTC) + timedelta(days=3)).astimezone(timezone(timedelta(hours=-7)))
        row, _ = records.create_key(NewKey(expires_at=moment))
        assert row.expires_at == moment and row.expires_at.utcoffset() == timedelta(0)

    def test_text_that_would_be_sql(self, records: Records) -> None:
        alias = "'); DROP TABLE keys; -- \"%s ? :x"
        row, _ = records.create_key(NewKey(alias=alias, models=("');--",)))
        assert records.find_key(alias) == row and row.models == ("');--",)


class TestTenants:
    def test_made_then_changed_limit_by_limit(self, records: Records) -> None:
        made = records.set_team("research", rpm=5, tpm=7)
        changed = records.set_team("research", tpm=None, tps=3)
        assert made.limits == Limits(rpm=5, tpm=7) and changed.limits == Limits(rpm=5, tps=3)
        assert (changed.id, changed.created_at, changed.revision) == (made.id, made.created_at, made.revision + 1)
        assert records.set_team("research") == dataclasses.replace(changed, revision=changed.revision + 1)

    def test_a_name_is_free_in_every_organisation(self, records: Records) -> None:
        acme = records.set_org("acme", tpm=9)
        ours, theirs = records.set_team("research"), records.set_team("research", "acme", rpm=1)
        assert ours.id != theirs.id and theirs.org_id == acme.id and ours.limits == Limits()
        row, _ = records.create_key(NewKey(team="research", org="acme"))
        assert row.team_id == theirs.id

    def test_unknown(self, records: Records) -> None:
        with pytest.raises(UnknownRecord) as caught:
            records.create_key(NewKey(team="defualt"))
        assert 'did you mean "default"?' in str(caught.value.hint)
        with pytest.raises(UnknownRecord) as caught:
            records.set_team("x", "acme")
        assert 'nemoproxy orgs set "acme"' in str(caught.value.hint)
        assert records.revision() == 1

    @pytest.mark.parametrize("name", ["", " a", "a ", "-a", "a/b", "a\n", "é", "a" * 65, "a:b"])
    def test_names_that_are_refused(self, records: Records, name: str) -> None:
        for make in (records.set_team, records.set_org):
            with pytest.raises(InvalidRecord):
                make(name)

    def test_limits_that_are_refused(self, records: Records) -> None:
        for limits in ({"rpm": 0}, {"rpm": -5}, {"tpm": 10**12 + 1}, {"tps": True}, {"rpx": 1}, {"rpm": "5"}):
            with pytest.raises(InvalidRecord, match=next(iter(limits)) if "rpx" not in limits else "No such limit"):
                records.set_org("default", **limits)  # type: ignore[arg-type]


class Follower:
    """What a running gateway does: it holds the rows, and asks only for what is new."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self.revision = 0
        self.keys: dict[str, KeyRow] = {}
        self.tenants: dict[str, object] = {}

    def poll(self) -> None:
        changes = self._records.changes_since(self.revision)
        self.tenants.update({row.id: row for row in (*changes.orgs, *changes.teams)})
        self.keys.update({row.id: row for row in changes.keys})
        assert changes.revision >= self.revision
        assert all(row.team_id in self.tenants for row in self.keys.values())
        self.revision = changes.revision

    def matches(self, records: Records) -> bool:
        live = {row.id: row for row in records.list_keys()}
        tenants = {row.id: row for row in (*records.list_orgs(), *records.list_teams())}
        return {id: row for id, row in self.keys.items() if row.revoked_at is None} == live and self.tenants == tenants


class TestFollowing:
    @settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.lists(st.tuples(st.sampled_from(["key", "revoke", "team", "org", "poll"]), st.integers(0, 9)), max_size=12)
    )
    def test_changes_add_up_to_everything(self, records: Records, steps: list[tuple[str, int]]) -> None:
        follower = Follower(records)
        for step, number in steps:
            before = records.revision()
            if step == "key":
                records.create_key(NewKey(alias="k"))
            elif step == "revoke" and (keys := records.list_keys()):
                records.revoke_key(keys[number % len(keys)].id)
            elif step in ("team", "org"):
                (records.set_team if step == "team" else records.set_org)("ab"[number % 2], rpm=number or None)
            elif step == "poll":
                follower.poll()
                assert follower.matches(records)
            if step in ("key", "team", "org"):
                assert records.revision() == before + 1
        follower.poll()
        assert follower.matches(records)
        at_rest = records.changes_since(follower.revision)
        assert (at_rest.keys, at_rest.teams, at_rest.orgs) == ((), (), ())

    def test_nothing_is_missed_while_many_write(self, url: str, records: Records) -> None:
        follower, done = Follower(records), threading.Event()

        def write(number: int) -> Callable[[], None]:
            def writer() -> None:
                with Records.open(url, PEPPER) as own:
                    for step in range(10):
                        own.set_team(f"team {number}.{step}", rpm=step + 1)
                        row, _ = own.create_key(NewKey(team=f"team {number}.{step}"))
                        if step % 2:
                            own.revoke_key(row.id)

            return writer

        def follow() -> None:
            while not done.is_set():
                follower.poll()

        def write_all() -> None:
            try:
                _run_at_once([write(number) for number in range(4)])
            finally:
                done.set()

        _run_at_once([follow, write_all])
        follower.poll()
        assert records.revision() == 1 + 4 * (10 + 10 + 5)
        assert len(records.list_keys()) == 20 and follower.matches(records)


def records_url(records: Records) -> str:
    return records.engine.url.render_as_string(hide_password=False)


def _run_at_once(tasks: list[Callable[[], None]]) -> None:
    with ThreadPoolExecutor(len(tasks)) as pool:
        for done in [pool.submit(task) for task in tasks]:
            done.result()


def test_a_second_set_of_connections_leaves_the_locks_of_the_first(tmp_path: Path) -> None:
    """Another process that comes and goes must not take the write-ahead log away from under a running gateway."""
    url = f"sqlite:///{tmp_path}/records.db"
    with Records.open(url, PEPPER) as records:
        assert records.revision() == 1
        books = records.books()
        program = (
            "import sys; from nemoproxy.storage import *; r = Records.open(sys.argv[1], bytes.fromhex(sys.argv[2]));"
            "r.create_key(NewKey(alias=sys.argv[3])); r.close()"
        )
        for number, alias in enumerate(("a", "b"), start=2):
            subprocess.run([sys.executable, "-c", program, url, PEPPER.hex(), alias], check=True)
            assert records.revision() == number
        books.close()
