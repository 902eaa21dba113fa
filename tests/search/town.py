"""A made-up town to judge relevance over: 64 developments with the usual kinds of names, eight homes each."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from app.homes.rules import Finish, Orientation
from app.search import documents
from app.search.documents import Document, HomeFacts
from app.search.request import Kind, Stage


@dataclass(frozen=True)
class _Part:
    """A district with its streets and developments."""

    code: str
    name: str
    streets: tuple[str, ...]
    developments: tuple[str, ...]


PARTS: Final = (
    _Part(
        "linghu",
        "菱湖区",
        ("湖心北路", "湖心南路", "菱湖大道", "人民路", "纺织南路"),
        (
            *("菱湖雅苑", "菱湖湾", "菱湖名邸", "湖心花园", "湖畔人家", "湖景嘉园", "锦绣天城", "锦绣华庭"),
            *("柳岸新居", "柳岸春晓", "荷风苑", "荷塘月色", "纺织新村", "文华苑", "书香门第", "翰林府"),
        ),
    ),
    _Part(
        "gangkou",
        "港口区",
        ("港华路", "滨江大道", "码头街", "沿江东路"),
        (
            *("滨江花园", "滨江花园二期", "滨江壹品", "滨江一号院", "港华名苑", "港华新城", "江畔豪庭"),
            *("江南世家", "望江楼苑", "码头印象", "海棠湾", "银河湾", "金色港湾", "碧水云天", "蓝湾国际"),
            "长江名都",
        ),
    ),
    _Part(
        "chengdong",
        "城东新区",
        ("学府路", "振兴大道", "迎宾路", "科创一路"),
        (
            *("学府名城", "学府壹号", "振兴家园", "迎宾花园", "阳光花园", "阳光水岸", "阳光城", "东方明珠"),
            *("东方家园", "东城国际", "凤凰城", "凤凰台", "香樟林", "梧桐里", "紫薇苑", "万嘉广场"),
        ),
    ),
    _Part(
        "beishan",
        "北山县",
        ("天柱山路", "皖江路", "民航路", "梅林路"),
        (
            *("天柱新城", "天柱山庄", "梅林春天", "梅园小区", "桂花苑", "翠竹园", "和平小区", "幸福里"),
            *("新安家园", "安居苑", "民生花园", "北山名居", "云顶小镇", "银杏苑", "龙山御园", "三里新村"),
        ),
    ),
)
DEVELOPERS: Final = (
    "菱湖市城建开发有限公司",
    "安宜置业有限公司",
    "绿景房地产开发有限公司",
    "碧云天置业有限公司",
    "金科远洋置业有限公司",
    "中梁恒泰房地产有限公司",
    "宏远建设集团有限公司",
    "新城万嘉房地产有限公司",
    "华夏安居置业有限公司",
    "港投地产有限公司",
    "天筑房地产开发有限公司",
    "民生住宅建设有限公司",
)
_ROOMS: Final = (1, 2, 2, 3, 3, 3, 4, 2)
_AREAS: Final = ("48.60", "72.30", "88.90", "92.10", "108.45", "121.70", "143.20", "68.50")
_STOREYS: Final = (1, 2, 5, 9, 11, 14, 18, 17)
_FACING: Final = (Orientation.SOUTH, Orientation.NORTH_SOUTH, None, Orientation.EAST, Orientation.NORTH)
_BEGIN: Final = datetime(2016, 1, 4, 1, 0, tzinfo=UTC)


def town() -> list[HomeFacts]:
    """Return every home of the town, all of which can be chosen."""
    places = [(part, number, name) for part in PARTS for number, name in enumerate(part.developments)]
    return [
        _home(place * len(_ROOMS) + which, place, which, part, number, name)
        for place, (part, number, name) in enumerate(places)
        for which in range(len(_ROOMS))
    ]


def documents_of(homes: list[HomeFacts]) -> list[Document]:
    """Return their documents."""
    return [documents.build(home) for home in homes]


def _home(number: int, place: int, which: int, part: _Part, of_part: int, name: str) -> HomeFacts:
    area = Decimal(_AREAS[which])
    price_fen = int(area * (4_200 + 173 * (place % 17))) * 100
    storey = _STOREYS[which]
    return HomeFacts(
        home_id=number + 1,
        doc_version=1,
        ref=f"FY-{number:010}",
        building=f"{which % 4 + 1}幢",
        storeys=18,
        unit=str(which % 2 + 1),
        storey=storey,
        room=f"{storey}0{which % 4 + 1}",
        kind=Kind.HOME,
        rooms=_ROOMS[which],
        area_m2=area,
        inner_area_m2=None,
        orientation=_FACING[number % len(_FACING)],
        finish=(Finish.BARE, Finish.FITTED, None)[number % 3],
        has_lift=place % 4 != 3,
        dwelling="free",
        development=name,
        development_ref=f"DV-{place:010}",
        address=f"{part.streets[of_part % len(part.streets)]} {of_part * 8 + 6} 号",
        stage=(Stage.FINISHED, Stage.PRESALE)[place % 3 == 1],
        district=part.name,
        district_code=part.code,
        developer=DEVELOPERS[(place * 5) % len(DEVELOPERS)],
        filed_fen=price_fen + 200,
        cash_fen=price_fen + 100,
        voucher_fen=price_fen,
        listed=True,
        out_reason=None,
        first_listed_at=_BEGIN + timedelta(days=place),
    )
