"""Signs that one reader takes for another, as data: a row is one sign to whoever compares addresses.

The last sign of a row is the one kept. Rows are in small letters, as ``casefold`` leaves them. Folding
too much is the safe side (see ``keys``): two places that fold to one are shown to a person.
"""

from typing import Final

_LETTERS: Final = """
αа a|βв b|с c|ԁ d|εе e|ηнһ h|ιіıї i|ј j|κк k|ӏł l|μм m|νп n|οоօø o|ρр p|ԛ q|ѕ s|τт t|υս u|ԝ w|χх x|у y|ζ z
"""
"""Letters of other scripts and accented ones that nobody tells from Latin ones."""

_FIGURES: Final = "o 0|il丨 1|з 3"
"""Letters, and a stroke, that stand for a figure: of a block O and a block 0 there is one."""

_HAN: Final = """
號 号|樓 楼|棟 栋|單 单|門 门|戶 户|層 层|間 间|區 区|園 园|莊 庄|東 东|華 华|濱 滨|灣 湾|廣 广|場 场|國 国
龍 龙|鳳 凤|麗 丽|寶 宝|陽 阳|陰 阴|馬 马|雲 云|興 兴|錦 锦|綠 绿|藍 蓝|銀 银|鑽 钻|館 馆|閣 阁|軒 轩|嶺 岭
島 岛|橋 桥|濟 济|學 学|書 书|業 业|萬 万|億 亿|豐 丰|慶 庆|榮 荣|聖 圣|鐵 铁|鋼 钢|鎮 镇|鄉 乡|縣 县|臺 台
長 长|風 风|飛 飞|鴻 鸿|鶴 鹤|鵬 鹏|黃 黄|紅 红|葉 叶|蘭 兰|蓮 莲|蘇 苏|漢 汉|溫 温|澤 泽|瀾 澜|瑩 莹|環 环
璽 玺|盧 卢|禮 礼|維 维|緣 缘|聯 联|藝 艺|賢 贤|貴 贵|運 运|遠 远|達 达|鄰 邻|開 开|陸 陆|頤 颐|頂 顶|領 领
顏 颜|麥 麦|齊 齐|壩 坝|塊 块|堅 坚|實 实|將 将|岡 冈|峽 峡|廈 厦|後 后|應 应|戰 战|昇 升|時 时|曉 晓|曠 旷
曰 日|凈 净|淨 净|兩 两
"""
"""Traditional and other forms of signs that names and numbers of buildings are made of."""

_NUMERALS: Final = """
○◯ 〇|壹弌 一|貳贰弍 二|參叄叁 三|肆 四|伍 五|陆 六|柒 七|捌 八|玖 九|拾 十|佰 百
"""
"""Numerals as they stand on bills, and circles that stand for a zero."""


def _table(*rows: str) -> dict[int, str]:
    pairs = (row.split() for text in rows for row in text.replace("\n", "|").split("|") if row.strip())
    return {ord(sign): kept for signs, kept in pairs for sign in signs if sign != kept}


SIGNS: Final = _table(_LETTERS, _HAN)
"""For ``str.translate``: letters and Chinese signs."""
NUMERALS: Final = _table(_NUMERALS)
"""The same for Chinese numerals, once signs are plain."""
FIGURES: Final = _table(_FIGURES)
"""The same for what is left as a figure, once Roman numerals are read."""
