"""Characters with several common readings in names: 长江 may be typed changjiang or zhangjiang. Pure.

Dictionaries know how a word is read, not how a name is: people type what they say. Rare readings are left
out, they would only find more. The usual reading of a character in its word comes from pypinyin.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice, product
from typing import Final

from pypinyin import lazy_pinyin

MOST: Final = 8
"""Ways of one name that are kept: three characters with two readings each."""

_HAN: Final = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_PIECE: Final = re.compile(rf"[{_HAN}]|[^{_HAN}]+")
_SEVERAL: Final = {
    line[0]: tuple(line[1:].split())
    for line in """
长 chang zhang
重 chong zhong
行 hang xing
乐 le yue
朝 chao zhao
厦 sha xia
都 du dou
藏 cang zang
单 dan shan
解 jie xie
盛 sheng cheng
六 liu lu
蚌 bang beng
会 hui kuai
柏 bai bo
番 fan pan
泊 bo po
涌 yong chong
圩 wei xu
枞 zong cong
宿 su xiu
阿 a e
曾 zeng ceng
查 cha zha
角 jiao jue
降 jiang xiang
露 lu lou
佛 fo fu
传 chuan zhuan
弄 long nong
巷 xiang hang
埔 pu bu
堡 bao pu bu
浒 hu xu
筠 yun jun
茜 xi qian
莘 xin shen
禅 chan shan
澄 cheng deng
晟 sheng cheng
尉 wei yu
翟 zhai di
谷 gu yu
调 diao tiao
校 xiao jiao
率 lv shuai
""".strip().splitlines()
}


def spellings(text: str) -> Iterator[list[str]]:
    """Yield the ways a normalised text may be read, each as its syllables, the usual one first."""
    usual = _usual(text)
    pieces = _PIECE.findall(text)
    if len(usual) != len(pieces):  # something that pypinyin cuts otherwise
        yield [part for part in usual if part.isalnum()]
        return
    for sounds in ways(zip(pieces, usual, strict=True)):
        yield [sound for sound in sounds if sound.isalnum()]


# An index reads the name of every development several times, and the same few words of all of them.
@lru_cache(maxsize=4096)
def _usual(text: str) -> tuple[str, ...]:
    return tuple(lazy_pinyin(text))


def ways(signs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, ...]]:
    """Yield the sounds of a name in every common way, of signs with their usual sounds; these come first."""
    return islice(product(*(dict.fromkeys((sound, *_SEVERAL.get(sign, ()))) for sign, sound in signs)), MOST)
