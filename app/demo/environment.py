"""The demo's own settings: made on its first run, kept under var/demo/, used by its processes and by `flask`.

A production process never reads them: only demo mode does, and `flask` on a command line that names no
settings at all, so that `flask ledger verify` works on the demo without ceremony.
"""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.demo import databases
from app.demo.errors import cannot_write
from app.demo.postgres import PostgresServer

ROOT: Final = Path(__file__).resolve().parents[2]
OUTLINES: Final = Path(__file__).with_name("outlines.geojson")
"""Where the demo's two districts lie, as made-up as they are."""
OWNED_BY_REALITY: Final = frozenset({"ANJU_MODE", "DATABASE_URL", "SECRET_KEY"})
"""Whoever sets one of these means something else than the demo."""


@dataclass(frozen=True)
class Home:
    """Where a demo keeps what it needs to start again."""

    folder: Path

    @property
    def keys(self) -> Path:
        """Keys and switches of demo mode."""
        return self.folder / "demo" / "keys.env"

    @property
    def database(self) -> Path:
        """The addresses of the embedded database."""
        return self.folder / "demo" / "database.env"

    @property
    def search(self) -> Path:
        """The address of the search server, while the demo runs with one."""
        return self.folder / "demo" / "search.env"

    @property
    def payments(self) -> Path:
        """How the made-up Stripe is reached, while the demo runs with one."""
        return self.folder / "demo" / "payments.env"

    @property
    def state(self) -> Path:
        """Anchors and other files of the app; start over and they go too."""
        return self.folder / "demo" / "data"

    @property
    def logs(self) -> Path:
        """What web and worker write."""
        return self.folder / "log"

    def server(self) -> PostgresServer:
        """Return the embedded server of this home; not started."""
        return PostgresServer(self.folder / "postgres")


def home(environ: Mapping[str, str]) -> Home:
    """Return where the demo of this source tree lives: var/, or the folder named by ANJU_DEMO_FOLDER."""
    return Home(Path(environ.get("ANJU_DEMO_FOLDER", ROOT / "var")).absolute())


def settings_files(environ: Mapping[str, str]) -> tuple[Path, ...]:
    """Return the files that complete the environment's settings; none outside a demo."""
    place = home(environ)
    if environ.get("ANJU_MODE") == "demo":
        make_settings(place)
    elif (
        environ.get("FLASK_RUN_FROM_CLI") != "true"
        or OWNED_BY_REALITY & environ.keys()
        or not place.keys.exists()
    ):
        return ()
    files = (place.keys,) if "DATABASE_URL" in environ else (place.keys, place.database)
    return (*files, *(file for file in (place.search, place.payments) if file.exists()))


def make_settings(place: Home) -> None:
    """Write the demo's settings; those that are there stay, and what an older demo lacks is added.

    Keys are random: no two demos share one.
    """
    addresses = databases.addresses(place.server(), databases.NAME)
    _write(place.database, {"DATABASE_URL": addresses.app, "DATABASE_OWNER_URL": addresses.owner})
    settings = {
        "ANJU_MODE": "demo",
        "SECRET_KEY": secrets.token_hex(32),
        "ANJU_AUDIT_KEYS": json.dumps({"demo": secrets.token_hex(32)}),
        "ANJU_AUDIT_KEY_ID": "demo",
        "ANJU_SECURE_COOKIES": "false",
        "ANJU_DATA_DIR": str(place.state),
        "ANJU_MAP_OUTLINES": str(OUTLINES),
    }
    kept = place.keys.read_text() if place.keys.exists() else ""
    named = {line.partition("=")[0] for line in kept.splitlines()}
    _write(place.keys, {name: value for name, value in settings.items() if name not in named}, kept=kept)


def name_search_server(place: Home, url: str | None) -> None:
    """Tell the processes of the demo which Elasticsearch answers, or that none does. Raises CannotStart."""
    if url is None:
        place.search.unlink(missing_ok=True)
    else:
        _write(place.search, {"ELASTICSEARCH_URL": url})


def name_stripe(place: Home, settings: Mapping[str, str]) -> None:
    """Tell the processes of the demo how its Stripe is reached, if it has one. Raises CannotStart."""
    if settings:
        _write(place.payments, settings)
    else:
        place.payments.unlink(missing_ok=True)


def maker(environment: Mapping[str, str]) -> int | None:
    """Return the pid of the make that runs the demo, None where it was begun otherwise."""
    pid = environment.get("ANJU_MAKE", "")
    return int(pid) if pid.isdecimal() else None


def given_database(environ: Mapping[str, str]) -> databases.Addresses | None:
    """Return the database that the environment names, or None for the embedded one."""
    app = environ.get("DATABASE_URL")
    if not app:
        return None
    owner = environ.get("DATABASE_OWNER_URL") or app
    return databases.Addresses(
        *(url.replace("postgresql+psycopg://", "postgresql://", 1) for url in (app, owner))
    )


def _write(path: Path, values: Mapping[str, str], *, kept: str = "") -> None:
    """Write a file for our eyes only, whole or not at all: what is kept, then values. Raises CannotStart."""
    text = kept + "".join(f"{name}='{value}'\n" for name, value in values.items())
    fresh = path.with_suffix(f".{os.getpid()}")
    try:
        if path.exists() and path.read_text() == text:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.touch(mode=0o600)
        fresh.write_text(text)
        fresh.replace(path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise cannot_write(error) from error
