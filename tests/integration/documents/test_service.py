"""Files of a thing: what is kept, refused, moved and removed."""

import io
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.actor import Actor, Role
from app.core.audit import AuditRow
from app.core.errors import DomainError, NotFound
from app.documents import queries, service
from app.documents.models import Document
from app.documents.queries import Owner
from app.documents.rules import MOST_BYTES, MOST_EACH, Access, Kind
from tests.factories.identity import make_actor
from tests.factories.pictures import GPS, PDF, exif, jpeg, png

OWNER, OTHER = Owner("home", 1), Owner("home", 2)


@pytest.fixture
def actor(session: Session) -> Actor:
    return make_actor(session, role=Role.DEVELOPER)


def add(session: Session, actor: Actor, content: bytes, **changes: Any) -> Document:
    values: dict[str, Any] = {
        "owner": OWNER,
        "kind": Kind.PHOTO,
        "access": Access.PUBLIC,
        "name": "a.jpg",
        "caption": "客厅",
        **changes,
    }
    return service.add(session, actor=actor, source=io.BytesIO(content), **values)


def order(session: Session, owner: Owner = OWNER) -> list[str]:
    return [document.caption for document in queries.list_documents(session, owner)]


def test_a_picture_is_kept_without_its_place_and_named_by_its_content(session: Session, actor: Actor) -> None:
    made = add(session, actor, jpeg(exif(way_up=6)), name="/tmp/IMG_1.png")
    session.commit()
    with queries.open_document(made) as kept:
        content = kept.read()
    assert GPS not in content
    assert (made.media_type, made.name, made.position, made.size) == (
        "image/jpeg",
        "IMG_1.png",
        1,
        len(content),
    )
    note = session.scalars(select(AuditRow).where(AuditRow.action == "documents.add")).one()
    assert note.detail["sha256"] == made.sha256


@pytest.mark.parametrize(
    ("content", "changes", "code", "field"),
    [
        (b"<svg/>", {}, "document_type_unknown", "file"),
        (PDF, {}, "document_type_unknown", "file"),
        (b"", {"access": Access.PARTIES}, "document_type_unknown", "file"),
        (b"\xff\xd8\xff" + b"\0" * MOST_BYTES, {}, "file_too_large", "file"),
        (jpeg()[:-2], {}, "picture_broken", "file"),
        (jpeg(), {"caption": " "}, "caption_missing", "caption"),
    ],
)
def test_a_file_is_refused_at_its_field(
    session: Session, actor: Actor, content: bytes, changes: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(DomainError) as refused:
        add(session, actor, content, **changes)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_parties_may_send_a_pdf_without_words(session: Session, actor: Actor) -> None:
    made = add(session, actor, PDF, access=Access.PARTIES, kind=Kind.LICENCE, caption="")
    assert made.media_type == "application/pdf"
    with pytest.raises(NotFound):
        queries.get_document(session, OWNER, ref=made.ref, access=Access.PUBLIC)


def test_one_thing_has_each_file_once_and_twelve_at_most(session: Session, actor: Actor) -> None:
    for number in range(MOST_EACH):
        add(session, actor, png(width=number + 1))
    with pytest.raises(DomainError, match="document_too_many"):
        add(session, actor, png(width=99))
    service.remove(session, actor=actor, owner=OWNER, ref=queries.list_documents(session, OWNER)[3].ref)
    with pytest.raises(DomainError, match="document_twice"):
        add(session, actor, png(width=1, notes=GPS))
    add(session, actor, png(width=4))
    add(session, actor, png(width=1), owner=OTHER)


def test_files_change_places_and_close_gaps(session: Session, actor: Actor) -> None:
    refs = [add(session, actor, png(width=n), caption=f"{n}").ref for n in (1, 2, 3)]
    session.commit()
    service.move(session, actor=actor, owner=OWNER, ref=refs[2], way="forward")
    session.commit()
    assert order(session) == ["1", "3", "2"]
    service.move(session, actor=actor, owner=OWNER, ref=refs[0], way="forward")
    service.move(session, actor=actor, owner=OWNER, ref=refs[1], way="back")
    assert order(session) == ["1", "3", "2"]
    service.remove(session, actor=actor, owner=OWNER, ref=refs[0])
    session.commit()
    service.describe(session, actor=actor, owner=OWNER, ref=refs[1], caption="平面", kind=Kind.FLOOR_PLAN)
    assert order(session) == ["3", "平面"]
    assert [one.position for one in queries.list_documents(session, OWNER)] == [1, 2]


def test_a_file_is_reached_through_its_owner_only(session: Session, actor: Actor) -> None:
    made = add(session, actor, png())
    for owner, ref in ((OTHER, made.ref), (Owner("development", 1), made.ref), (OWNER, "WJ-22222-22222")):
        with pytest.raises(NotFound):
            queries.get_document(session, owner, ref=ref)
        with pytest.raises(NotFound):
            service.remove(session, actor=actor, owner=owner, ref=ref)
    service.remove(session, actor=actor, owner=OWNER, ref=made.ref)
    with pytest.raises(NotFound):
        queries.get_document(session, OWNER, ref=made.ref)


@pytest.mark.parametrize(
    ("constraint", "statement"),
    [
        ("ck_documents_kind", "UPDATE documents SET kind = 'song'"),
        ("ck_documents_access", "UPDATE documents SET access = 'anybody'"),
        ("ck_documents_media_type", "UPDATE documents SET media_type = 'text/html'"),
        ("ck_documents_size", "UPDATE documents SET size = 0"),
        ("ck_documents_sha256", "UPDATE documents SET sha256 = '../../etc/passwd'"),
        ("ck_documents_position", "UPDATE documents SET position = 13"),
        ("ck_documents_removed", "UPDATE documents SET position = NULL"),
        ("ck_documents_public_image", "UPDATE documents SET caption = ''"),
        ("ck_documents_public_image", "UPDATE documents SET media_type = 'application/pdf'"),
        ("uq_documents_content", "UPDATE documents SET sha256 = repeat('a', 64)"),
        ("uq_documents_place", "UPDATE documents SET position = 1"),
    ],
)
def test_the_database_refuses(session: Session, actor: Actor, constraint: str, statement: str) -> None:
    add(session, actor, png())
    add(session, actor, png(width=2))
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    with pytest.raises(IntegrityError, match=constraint):
        session.execute(text(statement))
