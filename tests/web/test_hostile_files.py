"""Files that mean harm, by every road that takes files: refused in words, never an error, nothing kept."""

import io
import zipfile
from collections.abc import Callable
from typing import Final

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import jobs
from app.core.actor import Actor, Role
from app.documents.models import Document
from app.imports.models import ImportRun
from app.redemptions.models import Redemption
from tests.factories.contracts import SCAN
from tests.factories.identity import make_actor
from tests.factories.redemptions import make_redemption
from tests.web import importing
from tests.web.contracting import sent_file, type_contract
from tests.web.linting import LintingClient
from tests.web.sending import text_of
from tests.web.town import Town, make_town, saved

Enter = Callable[[Actor], LintingClient]

SVG: Final = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML: Final = b"<!doctype html><script>alert(1)</script>"
ZIP_AS_PDF: Final = b"PK\x03\x04%PDF-1.7"
WIDE: Final = 300 * 1024 * 1024
"""What the bomb unfolds to."""


@pytest.fixture
def town(committed_app: Flask) -> Town:
    return make_town(committed_app)


@pytest.fixture
def locked(town: Town, committed_app: Flask) -> Redemption:
    with saved(committed_app) as session:
        return make_redemption(session, town.buyer, town.home)


@pytest.fixture
def bureau(town: Town, committed_app: Flask) -> Actor:
    with saved(committed_app) as session:
        return make_actor(session, role=Role.REGULATOR, district=town.shop.desk.district)


def bomb(*parts: str) -> bytes:
    """Return a workbook of some kilobytes that unfolds to 300 MB."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        for name in parts:
            with archive.open(name, "w", force_zip64=True) as part:
                for _ in range(WIDE // (1024 * 1024)):
                    part.write(bytes(1024 * 1024))
    return content.getvalue()


def roads(town: Town, bureau: Actor) -> list[tuple[Actor, str]]:
    """Return who sends tables where."""
    return [
        (town.shop.developer, f"/developer/developments/{town.home.development.ref}/import"),
        (bureau, "/regulator/filings/import"),
        (bureau, "/regulator/sales/import"),
    ]


def test_a_workbook_that_unfolds_to_hundreds_of_megabytes_is_given_up(
    enter: Enter, town: Town, bureau: Actor
) -> None:
    content = bomb("xl/worksheets/sheet1.xml")
    assert len(content) < 1024 * 1024
    for person, address in roads(town, bureau):
        browser = enter(person)
        answer = importing.upload(browser, address, content, "价格.xlsx")
        if answer.status_code == 303:
            jobs.run_waiting(browser.application)
            answer = browser.get(str(answer.location))
        page = text_of(answer)
        assert "解开" in page or "不完整" in page or "太大" in page, page


def test_sixty_megabytes_are_not_even_taken(enter: Enter, town: Town, bureau: Actor) -> None:
    for person, address in roads(town, bureau):
        answer = importing.upload(enter(person), address, b"PK" + bytes(60 * 1024 * 1024), "价格.xlsx")
        assert answer.status_code == 413
        assert "太大" in text_of(answer)


@pytest.mark.parametrize(
    ("content", "name"),
    [(SVG, "价格.xlsx"), (HTML, "价格.csv"), (SCAN, "价格.xlsx"), (b"\x7fELF" + bytes(64), "价格.xlsx")],
)
def test_what_is_no_table_is_refused_whatever_its_name(
    enter: Enter, town: Town, bureau: Actor, content: bytes, name: str
) -> None:
    for person, address in roads(town, bureau):
        assert importing.upload(enter(person), address, content, name).status_code == 422


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../../../etc/passwd.csv", "passwd.csv"),
        ("C:\\Windows\\价格.csv", "价格.csv"),
        ("价格\u202efdp.exe.csv", "价格fdp.exe.csv"),
        ("<script>alert(1)</script>.csv", "script>.csv"),
        ("价" * 400 + ".csv", "价.csv"),
    ],
)
def test_a_files_name_is_only_ever_shown_and_harmless(
    enter: Enter, town: Town, committed_app: Flask, name: str, shown: str
) -> None:
    browser = enter(town.shop.developer)
    address = f"/developer/developments/{town.home.development.ref}/import"
    answer = importing.upload(browser, address, "楼栋,单元,室号\n1幢,1,101\n".encode(), name)
    assert answer.status_code == 303, text_of(answer)
    page = browser.get(str(answer.location)).get_data(as_text=True)
    for bad in ("\u202e", "../", "<script>alert"):
        assert bad not in page
    with saved(committed_app) as session:
        kept = session.scalars(select(ImportRun.file_name)).one()
    assert kept.endswith(shown)
    assert len(kept) <= 200
    assert not {"\u202e", "/", "\\"} & set(kept)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (SVG, "合同.svg"),
        (SVG, "合同.pdf"),
        (HTML, "合同.jpg"),
        (ZIP_AS_PDF, "合同.pdf"),
        (b" " + SCAN, "合同.pdf"),
        (b"GIF89a" + bytes(64), "合同.png"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "合同.png"),
        (b"", "合同.pdf"),
    ],
)
def test_a_scan_is_judged_by_its_content(
    enter: Enter, town: Town, locked: Redemption, committed_app: Flask, content: bytes, name: str
) -> None:
    answer = type_contract(enter(town.shop.developer), locked.ref, scan=sent_file(content, name))
    assert answer.status_code == 422, text_of(answer)
    with saved(committed_app) as session:
        assert session.scalar(select(func.count()).select_from(Document)) == 0


def test_a_scan_with_an_odd_name_is_handed_out_by_a_name_of_ours(
    enter: Enter, town: Town, locked: Redemption, committed_app: Flask
) -> None:
    developer = enter(town.shop.developer)
    odd = "../../合同\u202efdp.html"
    assert type_contract(developer, locked.ref, scan=sent_file(SCAN, odd)).status_code == 303
    with saved(committed_app) as session:
        (document,) = session.scalars(select(Document)).all()
    assert document.name == "合同fdp.html"
    answer = developer.get(f"/developer/redemptions/{locked.ref}/contract/files/{document.ref}")
    assert answer.status_code == 200
    assert answer.mimetype == "application/pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "\u202e" not in answer.headers["Content-Disposition"]
    answer.close()
