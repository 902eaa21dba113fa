"""The developers and developments of the reference district beside those of the story. Made-up names."""

from dataclasses import dataclass
from typing import Final

CENTRE: Final = (30.5300, 117.0500)
"""Latitude and longitude of the old town's middle, WGS-84 degrees."""


@dataclass(frozen=True, slots=True)
class Site:
    """One development: who builds it, where it stands (km east and north of the centre), how large it is."""

    developer: str
    name: str
    street: str
    east_km: float
    north_km: float
    size: int
    """Its share of the homes."""
    storeys: int
    rooms: int
    """On one storey of a unit."""
    units: int
    opened: tuple[int, int]
    """Year and month in which the first homes were for sale."""


YIJIANG: Final = "宜江置业有限公司"
DALONG: Final = "大龙山房地产开发有限公司"
YINGHE: Final = "迎河城投地产有限公司"
WANHE: Final = "皖河地产集团有限公司"
BAIZE: Final = "白泽湖置业有限公司"
TIANMEN: Final = "天门房地产有限公司"
DUXIU: Final = "独秀置业有限公司"
SHITANG: Final = "石塘湖建设开发有限公司"
JIANGAN: Final = "江岸人家置业有限公司"

SITES: Final = (
    Site(YIJIANG, "宜江御景", "沿江中路 128 号", 0.9, -0.8, 9, 33, 4, 1, (2014, 5)),
    Site(YIJIANG, "宜江名都", "人民路 402 号", 0.4, 0.5, 7, 24, 4, 1, (2014, 9)),
    Site(YIJIANG, "宜江花园二期", "龙山路 77 号", 1.6, 1.1, 8, 18, 2, 2, (2015, 3)),
    Site(YIJIANG, "宜江学府", "集贤南路 15 号", -0.7, 1.3, 6, 18, 2, 2, (2015, 6)),
    Site(DALONG, "龙山首府", "龙山路 210 号", 2.1, 1.7, 8, 33, 4, 1, (2014, 5)),
    Site(DALONG, "龙山翠庭", "独秀大道 33 号", 2.8, 2.6, 7, 18, 2, 2, (2014, 8)),
    Site(DALONG, "大龙湾", "环湖北路 9 号", 3.3, 3.2, 6, 11, 2, 3, (2015, 4)),
    Site(DALONG, "龙泉公馆", "华中路 61 号", -1.2, 0.2, 5, 24, 4, 1, (2015, 9)),
    Site(YINGHE, "迎河家园", "迎河路 5 号", 1.2, -0.3, 9, 24, 4, 1, (2014, 6)),
    Site(YINGHE, "迎河新城", "菱湖北路 188 号", 0.8, 1.8, 9, 33, 4, 1, (2014, 11)),
    Site(YINGHE, "东湖安置小区配套商品房", "东湖路 24 号", 2.3, 0.6, 6, 18, 2, 2, (2015, 2)),
    Site(YINGHE, "迎河雅居", "湖心南路 90 号", -0.4, -0.9, 6, 18, 2, 2, (2015, 8)),
    Site(WANHE, "皖河一号", "石化大道 18 号", -2.6, -0.7, 7, 33, 4, 1, (2014, 5)),
    Site(WANHE, "皖河春天", "皖河路 66 号", -3.1, -1.2, 7, 18, 2, 2, (2014, 10)),
    Site(WANHE, "金色皖河", "振风大道 512 号", -1.9, 0.8, 6, 24, 4, 1, (2015, 5)),
    Site(BAIZE, "白泽湖畔", "白泽大道 1 号", 3.6, 0.9, 7, 18, 2, 2, (2014, 7)),
    Site(BAIZE, "白泽新天地", "白泽大道 102 号", 3.9, 1.4, 7, 24, 4, 1, (2014, 12)),
    Site(BAIZE, "湖光山语", "环湖西路 36 号", 3.1, -0.2, 5, 11, 2, 3, (2015, 7)),
    Site(BAIZE, "泽园", "港华路 330 号", 2.4, -0.9, 5, 18, 2, 2, (2015, 10)),
    Site(TIANMEN, "天门华府", "天门路 12 号", -0.9, 2.4, 7, 24, 4, 1, (2014, 6)),
    Site(TIANMEN, "天门阳光城", "机场大道 45 号", -1.5, 2.9, 8, 33, 4, 1, (2014, 10)),
    Site(TIANMEN, "天门小镇", "机场大道 200 号", -2.2, 3.4, 5, 11, 2, 3, (2015, 3)),
    Site(TIANMEN, "文苑", "集贤北路 71 号", -0.2, 2.1, 5, 18, 2, 2, (2015, 6)),
    Site(DUXIU, "独秀华庭", "独秀大道 118 号", 1.9, 3.1, 7, 24, 4, 1, (2014, 5)),
    Site(DUXIU, "独秀山庄", "山口路 8 号", 2.5, 3.7, 5, 11, 2, 3, (2014, 9)),
    Site(DUXIU, "书香门第", "宜园路 55 号", 0.1, 1.4, 6, 18, 2, 2, (2015, 2)),
    Site(SHITANG, "石塘湖一品", "石塘湖路 3 号", -3.4, 1.6, 7, 18, 2, 2, (2014, 7)),
    Site(SHITANG, "石塘人家", "石塘湖路 86 号", -3.8, 2.1, 7, 24, 4, 1, (2014, 12)),
    Site(SHITANG, "锦绣江南", "菱湖南路 240 号", -0.6, -0.4, 7, 33, 4, 1, (2015, 4)),
    Site(SHITANG, "玉琳苑", "玉琳路 19 号", 0.7, -0.1, 5, 18, 2, 2, (2015, 9)),
    Site(JIANGAN, "江岸明珠", "沿江西路 20 号", -1.4, -1.1, 8, 33, 4, 1, (2014, 5)),
    Site(JIANGAN, "江岸人家", "沿江西路 166 号", -2.0, -1.3, 8, 24, 4, 1, (2014, 8)),
    Site(JIANGAN, "望江阁", "沿江东路 300 号", 2.7, -1.4, 6, 18, 2, 2, (2015, 3)),
    Site(JIANGAN, "渡江新苑", "渡江路 41 号", 0.2, -1.2, 6, 18, 2, 2, (2015, 7)),
)
DEVELOPERS: Final = tuple(dict.fromkeys(site.developer for site in SITES))
