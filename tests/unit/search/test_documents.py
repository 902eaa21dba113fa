"""A document is a function of the facts."""

from datetime import UTC, datetime
from decimal import Decimal

from app.homes.promotions import Deal, PromotionKind
from app.homes.rules import Finish, Orientation
from app.search import documents, text
from app.search.documents import HomeFacts
from app.search.request import Kind, Stage

FACTS = HomeFacts(
    home_id=7,
    doc_version=3,
    ref="FY-22222-22222",
    building="3幢",
    storeys=18,
    unit="2",
    storey=11,
    room="1101",
    kind=Kind.HOME,
    rooms=2,
    area_m2=Decimal("89.50"),
    inner_area_m2=Decimal("71.20"),
    orientation=Orientation.NORTH_SOUTH,
    finish=Finish.FITTED,
    has_lift=True,
    dwelling="free",
    development="滨江花园",
    development_ref="DV-22222-22222",
    address="港华路 8 号",
    stage=Stage.FINISHED,
    district="港区",
    district_code="gang",
    developer="安庆滨江置业有限公司",
    filed_fen=48_000_000,
    cash_fen=45_700_000,
    voucher_fen=45_600_000,
    listed=True,
    out_reason=None,
    first_listed_at=datetime(2016, 6, 1, 2, 0, 0, 5, tzinfo=UTC),
)


def test_a_document_in_full() -> None:
    document = documents.build(FACTS)
    assert document.names == "滨江花园 港区 港华路 8 号 安庆滨江置业有限公司"
    assert (document.name_key, document.pinyin_key) == ("滨江花园", " binjianghuayuan ")
    assert (document.initials_key, document.street) == (" bjhy ", "港华路")
    assert (document.area_hundredths, document.unit_fen) == (8950, 509_497)
    assert (document.floor, document.stage, document.kind, document.status) == (
        "middle",
        "finished",
        "home",
        "available",
    )
    assert document.listed_at == 1_464_746_400_000_005
    assert len(document.tokens) == len(set(document.tokens))
    expected = {"滨江", "bjhy", "港华路", "安庆", "1101室", "3幢", "2室", "2房", "2居", "现房"}
    assert expected <= set(document.tokens)


def test_the_price_of_a_document_is_what_a_voucher_buyer_pays() -> None:
    deals = (
        Deal(1, PromotionKind.SPECIAL, off_fen=600_000, stackable=True),
        Deal(2, PromotionKind.PARKING, worth_fen=8_000_000, stackable=True),
    )
    document = documents.build(FACTS._replace(deals=deals))
    assert (document.voucher_fen, document.unit_fen) == (45_000_000, 502_793)


def test_the_digest_tells_any_difference_and_nothing_else() -> None:
    digest = documents.build(FACTS).digest
    assert documents.build(FACTS._replace()).digest == digest
    for change in (
        {"voucher_fen": 1},
        {"development": "滨江家园"},
        {"dwelling": "sold"},
        {"doc_version": 4},
        {"rooms": 3},
    ):
        assert documents.build(FACTS._replace(**change)).digest != digest


def test_a_home_is_found_by_what_it_is_and_not_by_what_it_lacks() -> None:
    tokens = set(documents.build(FACTS).tokens)
    for query in ("电梯", "有电梯", "电梯房", "朝南", "南北通透", "精装", "精装修", "精装房"):
        (term,) = text.query_terms(query) or ()
        assert any(set(words) <= tokens for words in term.alternatives), query
    assert not {"电", "修", "的", "拎"} & tokens, "parts of phrases that nobody looks for"
    lacking = FACTS._replace(has_lift=False, orientation=None, finish=Finish.BARE)
    tokens = set(documents.build(lacking).tokens)
    assert not {"电梯", "精装", "朝南"} & tokens
    assert {"毛坯", "毛坯房"} <= tokens
