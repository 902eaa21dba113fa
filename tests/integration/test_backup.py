"""The drill: saved, lost, put back and proved; and what is damaged is not put back."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from click.testing import Result
from flask import Flask
from pydantic import SecretStr
from sqlalchemy.orm import Session

from app import create_app
from app.demo import databases
from app.demo.databases import Addresses
from app.demo.postgres import PostgresServer
from app.extensions import db
from tests.database import Cluster, beside, disconnect, settings_for
from tests.factories.redemptions import contract, make_buyer, make_home, make_redemption, make_shop

OTHER_KEY = {"test": SecretStr("another-one-of-the-same-id-another")}


@dataclass(frozen=True)
class Saved:
    """A district that went on after its backup was made."""

    app: Flask
    folder: Path
    """The backup."""
    later: Path
    """An anchor of the day after."""
    store: Path


@pytest.fixture(scope="module")
def saved(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Saved]:
    """A home bought as far as its contract, with its scan in the store; then a backup, then another lock."""
    room = tmp_path_factory.mktemp("backup")
    name = cluster.new_name()
    first = create_app(settings_for(cluster.clone(name)))
    with beside(first, data_dir=room / "data") as app:
        with app.app_context(), Session(db.engine, expire_on_commit=False) as session:
            shop = make_shop(session)
            buyer = make_buyer(session, shop.desk)
            contract(session, shop, make_redemption(session, buyer, make_home(session, shop)))
            made = run(app, "backup", "make", str(room / "backup"))
            assert made.exit_code == 0, made.output
            make_redemption(session, buyer, make_home(session, shop))
        anchored = run(app, "audit", "anchor")
        yield Saved(app, room / "backup", Path(anchored.output.strip()), room / "data" / "files")
    disconnect(first)
    cluster.drop(name)


@pytest.fixture
def elsewhere(cluster: Cluster, saved: Saved, tmp_path: Path) -> Iterator[Flask]:
    """An app on an empty database, with a store that holds nothing."""
    with empty_database(cluster) as empty, on(saved.app, empty, tmp_path) as app:
        yield app


@pytest.fixture
def another_machine(saved: Saved, tmp_path: Path) -> Iterator[Flask]:
    """An app on a PostgreSQL that was made this moment, and knows nothing of the first one."""
    server = PostgresServer(tmp_path / "postgres", durable=False)
    server.start()
    try:
        with on(saved.app, databases.create(server, databases.NAME), tmp_path) as app:
            yield app
    finally:
        server.remove()


@contextmanager
def empty_database(cluster: Cluster) -> Iterator[Addresses]:
    name = cluster.new_name()
    yield cluster.empty(name)
    cluster.drop(name)


@contextmanager
def on(app: Flask, addresses: Addresses, folder: Path) -> Iterator[Flask]:
    urls = {"database_url": addresses.app, "owner_database_url": addresses.owner}
    with beside(app, data_dir=folder / "data", **urls) as other:
        yield other


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=list(arguments))


def tables(app: Flask) -> int:
    with psycopg.connect(str(app.config["ANJU"].owner_database_url)) as connection:
        query = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        return int(connection.execute(query).fetchall()[0][0])


def kept(store: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in store.glob("??/*")}


def test_what_was_saved_is_put_back_on_another_server_and_proves_itself(
    saved: Saved, another_machine: Flask
) -> None:
    elsewhere = another_machine
    restored = run(elsewhere, "backup", "restore", str(saved.folder))
    assert restored.exit_code == 0, restored.output
    # Three transfers: the issue, the voucher's part and its bonus. The lock after the backup is not there.
    assert "3 transfers, 0 breaches" in restored.output
    assert "set otherwise than when the backup was made: data_dir" in restored.output
    store = elsewhere.config["ANJU"].data_dir / "files"
    assert kept(store) == kept(saved.store) != {}
    # The app's role has its rights again, and no more.
    app_url = str(elsewhere.config["ANJU"].database_url)
    with psycopg.connect(app_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("DELETE FROM ledger_transfers")
    # What is missing since then shows against an anchor that was kept elsewhere, and only against one.
    assert run(elsewhere, "audit", "verify").exit_code == 0
    rolled_back = run(elsewhere, "audit", "verify", "--anchor", str(saved.later), "--json")
    found = json.loads(rolled_back.output)
    assert rolled_back.exit_code == 1
    assert {breach["reason"] for breach in found["breaches"]} == {"differs from the anchor"}
    # Life goes on there: the next ids are free, and the app's role may write.
    with elsewhere.app_context(), Session(db.engine) as session:
        shop = make_shop(session)
        make_redemption(session, make_buyer(session, shop.desk), make_home(session, shop))
    went_on = run(elsewhere, "ledger", "verify")
    assert (went_on.exit_code, "0 breaches" in went_on.output) == (0, True), went_on.output
    assert run(elsewhere, "audit", "verify").exit_code == 0


def test_nothing_is_put_over_a_database_that_holds_something(saved: Saved) -> None:
    refused = run(saved.app, "backup", "restore", str(saved.folder))
    assert (refused.exit_code, "is not empty" in refused.output) == (1, True), refused.output
    again = run(saved.app, "backup", "make", str(saved.folder))
    assert (again.exit_code, "exists already" in again.output) == (1, True)


def test_keys_that_are_not_the_same_are_named(saved: Saved) -> None:
    for ring in ("field_keys", "audit_keys"):
        with beside(saved.app, **{ring: OTHER_KEY}, field_key_id="test") as other:
            refused = run(other, "backup", "restore", str(saved.folder))
        assert (refused.exit_code, "key" in refused.output) == (1, True), refused.output


def test_anchors_go_where_the_setting_says(saved: Saved, tmp_path: Path) -> None:
    with beside(saved.app, anchor_dir=tmp_path / "kept") as app:
        anchored = run(app, "audit", "anchor")
        assert Path(anchored.output.strip()).parent == tmp_path / "kept"
        assert run(app, "audit", "verify", "--anchor", anchored.output.strip()).exit_code == 0


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def one(folder: Path, pattern: str) -> Path:
    return next(folder.glob(pattern))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda backup: flip(backup / "database.dump"), "database.dump is damaged"),
        (lambda backup: flip(one(backup, "files/??/*")), "is damaged"),
        (lambda backup: one(backup, "files/??/*").unlink(), "is missing from the backup"),
        (lambda backup: one(backup, "anchor/*").unlink(), "is missing from the backup"),
        (lambda backup: (backup / "more").touch(), "more is no part of the backup"),
        (lambda backup: flip(backup / "manifest.json"), "manifest.json"),
        (lambda backup: (backup / "manifest.json").unlink(), "holds no backup"),
        (lambda backup: (backup / "manifest.json").write_text("[]"), "holds no backup"),
    ],
)
def test_a_damaged_backup_is_refused(
    saved: Saved, tmp_path: Path, damage: Callable[[Path], None], said: str
) -> None:
    copied = tmp_path / "copied"
    shutil.copytree(saved.folder, copied)
    assert run(saved.app, "backup", "check", str(copied)).exit_code == 0
    damage(copied)
    refused = run(saved.app, "backup", "check", str(copied))
    assert (refused.exit_code, said in refused.output) == (1, True), refused.output


def test_a_damaged_backup_changes_nothing(saved: Saved, elsewhere: Flask, tmp_path: Path) -> None:
    copied = tmp_path / "copied"
    shutil.copytree(saved.folder, copied)
    flip(copied / "database.dump")
    assert run(elsewhere, "backup", "restore", str(copied)).exit_code == 1
    assert tables(elsewhere) == 0
    assert not (elsewhere.config["ANJU"].data_dir / "files").exists()


def test_a_backup_never_tells_a_key(saved: Saved) -> None:
    told = (saved.folder / "manifest.json").read_text(encoding="utf-8")
    settings = saved.app.config["ANJU"]
    for secret in (settings.secret_key, *settings.audit_keys.values(), *settings.field_keys.values()):
        assert secret.get_secret_value() not in told


def test_a_file_the_store_lost_is_said(saved: Saved, tmp_path: Path) -> None:
    lost = tmp_path / "lost"
    with beside(saved.app, data_dir=lost) as app:
        made = run(app, "backup", "make", str(tmp_path / "backup"))
        assert (made.exit_code, "missing from the store" in made.output) == (1, True)
        assert run(app, "backup", "check", str(tmp_path / "backup")).exit_code == 0
