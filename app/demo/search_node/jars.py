"""The jars of Elasticsearch, by exact coordinates from the public Java repository.

    python -m app.demo.search_node.jars FOLDER

``jars.lock`` names each with the folder that it belongs into and the hash of its bytes. A process
of its own: what it imports is there on development machines only.
"""

import hashlib
import shutil
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from jgo.maven import MavenContext

_LOCK: Final = Path(__file__).with_name("jars.lock")
_DESCRIPTION: Final = "META-INF/es-plugins/"
"""Where a plugin's jar keeps the files that stand beside it once it is installed."""


@dataclass(frozen=True)
class Jar:
    """One jar: its place in the folder, its coordinates, and the hash of its bytes."""

    folder: str
    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def file_name(self) -> str:
        """What it is called once installed."""
        return f"{self.artifact}-{self.version}.jar"


def install(place: Path) -> None:
    """Bring the jars into ``lib`` and ``modules`` unless just these are there.

    The list is written last: a kill before it makes the next run begin again. Exits when a file is not the
    one that was locked.
    """
    wanted, installed = _LOCK.read_text(), place / "jars.lock"
    if installed.exists() and installed.read_text() == wanted:
        return
    for name in ("lib", "modules"):
        shutil.rmtree(place / name, ignore_errors=True)
    fetched = place / "fetched"
    for jar in _read(wanted):
        folder = place / jar.folder
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_fetch(jar, fetched), folder / jar.file_name)
        if jar.folder.endswith(jar.artifact):
            _unpack_description(folder / jar.file_name)
    shutil.rmtree(fetched)
    installed.write_text(wanted)


def _read(lock: str) -> Iterator[Jar]:
    for line in lock.splitlines():
        folder, coordinates, digest = line.split()
        group, artifact, version = coordinates.split(":")
        yield Jar(folder, group, artifact, version, digest.removeprefix("sha256:"))


def _fetch(jar: Jar, cache: Path) -> Path:
    component = MavenContext(repo_cache=cache).project(jar.group, jar.artifact).at_version(jar.version)
    found: Path = component.artifact().resolve()
    if hashlib.sha256(found.read_bytes()).hexdigest() != jar.sha256:
        sys.exit(f"{jar.file_name} is not the file that {_LOCK.name} names")
    return found


def _unpack_description(jar: Path) -> None:
    with zipfile.ZipFile(jar) as archive:
        for name in archive.namelist():
            if name.startswith(_DESCRIPTION) and not name.endswith("/"):
                (jar.parent / PurePosixPath(name).name).write_bytes(archive.read(name))


if __name__ == "__main__":
    install(Path(sys.argv[1]))
