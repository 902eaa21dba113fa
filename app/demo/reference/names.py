"""Names and old addresses for households that nobody has met: made up, the same for the same number."""

from typing import Final

_SURNAMES: Final = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
_FIRST: Final = "国建玉桂秀志德永淑卫春翠金文正福长有家明"
_SECOND: Final = "英强芳华兰刚珍明香平东云海生才凤荣琴林根"
_STREETS: Final = (
    ("港华路", "港口一村", "煤场巷"),
    ("滨江村", "圩埂路", "新河口", "老渡口"),
    ("华中东路", "北正街", "菜园巷"),
)
_STATE_LAND: Final = ("轮船公司宿舍", "棉纺厂宿舍", "机床厂老楼")
_PRIMES: Final = (7, 13, 29)


def of(number: int) -> str:
    """Return the name of the holder with that number."""
    surname, first, second = (
        signs[number * prime % len(signs)]
        for signs, prime in zip((_SURNAMES, _FIRST, _SECOND), _PRIMES, strict=True)
    )
    return f"{surname}{first if number % 5 else ''}{second}"


def old_address(project: int, number: int, *, state_land: bool) -> str:
    """Return where the home stood that was taken."""
    if state_land:
        block = _STATE_LAND[project % len(_STATE_LAND)]
        return f"{block} {1 + number % 9} 幢 {1 + number % 6}0{1 + number % 4} 室"
    streets = _STREETS[project]
    return f"{streets[number % len(streets)]} {1 + number // len(streets)} 号"
