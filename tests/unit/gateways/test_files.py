"""Files are kept once, whole, under their content's name."""

import hashlib
import io
from pathlib import Path

import pytest

from app.gateways.files import FileTooLarge, FolderFiles


def kept(root: Path) -> list[str]:
    return sorted(path.name for path in root.rglob("*") if path.is_file())


def test_a_file_is_kept_under_its_hash_and_read_again(tmp_path: Path) -> None:
    store = FolderFiles(tmp_path / "files")
    stored = store.put(io.BytesIO("销控表".encode()), most=100)
    assert (stored.sha256, stored.size) == (hashlib.sha256("销控表".encode()).hexdigest(), 9)
    with store.open(stored.sha256) as file:
        assert file.read().decode() == "销控表"


def test_the_same_content_twice_is_one_file(tmp_path: Path) -> None:
    store = FolderFiles(tmp_path)
    first = store.put(io.BytesIO(b"x"), most=1)
    (path,) = tmp_path.rglob(first.sha256)
    number = path.stat().st_ino
    assert store.put(io.BytesIO(b"x"), most=1) == first
    assert kept(tmp_path) == [first.sha256]
    assert path.stat().st_ino == number


def test_what_was_read_before_is_not_kept(tmp_path: Path) -> None:
    source = io.BytesIO(b"head:body")
    source.read(5)
    store = FolderFiles(tmp_path)
    with store.open(store.put(source, most=4).sha256) as file:
        assert file.read() == b"body"


def test_a_file_above_the_limit_leaves_nothing(tmp_path: Path) -> None:
    store = FolderFiles(tmp_path)
    with pytest.raises(FileTooLarge):
        store.put(io.BytesIO(b"x" * 3_000_000), most=2_999_999)
    assert kept(tmp_path) == []


def test_a_source_that_breaks_leaves_nothing(tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError("the line went dead")

    with pytest.raises(OSError, match="line went dead"):
        FolderFiles(tmp_path).put(Broken(), most=10)
    assert kept(tmp_path) == []


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "0" * 64, "A" * 64])
def test_what_was_never_kept_is_not_found(tmp_path: Path, name: str) -> None:
    with pytest.raises(LookupError):
        FolderFiles(tmp_path).open(name)
