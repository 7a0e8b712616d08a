"""The industries: how each earns, what it spends, when it sells and when it is paid."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Industry:
    """One industry. Shares of sales: ``b2b + platform + cash = 1``; costs are shares of sales, tax included.

    ``season`` has twelve factors; ``festival`` is how much of the trade stops in the weeks around Spring Festival
    (negative: it is the high season). ``median_sales`` is yuan a month, ``terms`` days of credit given.
    """

    code: str
    zh: str
    words: tuple[str, ...]
    season: tuple[float, ...]
    weight: float
    median_sales: float
    b2b: float
    platform: float
    cash: float
    goods: float
    wages: float
    rent: float
    power: float
    other: float
    terms: float
    vat: float
    festival: float
    risk: float

    @property
    def margin(self) -> float:
        """What is left of sales before tax, interest and the owner."""
        return 1 - self.goods - self.wages - self.rent - self.power - self.other


_FLAT = (1.0,) * 12
_YEAR_END = (0.9, 0.8, 1.0, 1.0, 1.0, 1.0, 0.95, 0.95, 1.05, 1.05, 1.1, 1.2)
_HARVEST = (0.8, 0.7, 0.8, 0.8, 0.9, 1.0, 1.0, 1.1, 1.5, 1.6, 1.1, 0.9)
_SCHOOL = (0.8, 1.5, 1.3, 0.9, 0.8, 0.9, 1.2, 1.3, 1.5, 0.8, 0.7, 0.6)
_BUILD = (0.6, 0.4, 0.9, 1.1, 1.1, 1.1, 1.0, 1.0, 1.1, 1.2, 1.2, 1.3)
_SUMMER = (0.9, 0.9, 0.9, 1.0, 1.05, 1.15, 1.2, 1.2, 1.0, 1.0, 0.9, 0.9)
_RETAIL = (1.3, 1.0, 0.9, 0.9, 1.0, 1.05, 0.9, 0.9, 1.0, 1.05, 1.1, 1.1)


def _industry(code: str, zh: str, words: str, season: tuple[float, ...], numbers: str) -> Industry:
    """Read one industry; the numbers stand in the order of the fields from ``weight`` to ``risk``."""
    return Industry(code, zh, tuple(words.split()), season, *(float(number) for number in numbers.split()))


INDUSTRIES: tuple[Industry, ...] = (
    _industry(
        "A01", "农业", "果蔬 种植 农业", _HARVEST, "0.05 170e3 0.72 0.1 0.18 0.56 0.16 0.06 0.03 0.09 20 0.09 0 1.3"
    ),
    _industry(
        "C13",
        "农副食品加工",
        "食品 粮油 水产",
        _HARVEST,
        "0.08 520e3 0.86 0.08 0.06 0.72 0.08 0.02 0.03 0.06 30 0.09 0.3 0.8",
    ),
    _industry(
        "C17",
        "纺织",
        "纺织 织造 针织",
        _YEAR_END,
        "0.08 620e3 0.97 0.01 0.02 0.66 0.13 0.02 0.05 0.05 45 0.13 0.8 1.3",
    ),
    _industry(
        "C29",
        "橡胶和塑料",
        "塑料 橡塑 包装",
        _FLAT,
        "0.07 560e3 0.97 0.01 0.02 0.67 0.11 0.02 0.05 0.05 45 0.13 0.8 0.9",
    ),
    _industry(
        "C33",
        "金属制品",
        "五金 金属 钢构",
        _YEAR_END,
        "0.08 640e3 0.97 0.01 0.02 0.7 0.1 0.02 0.04 0.05 50 0.13 0.8 0.9",
    ),
    _industry(
        "C34",
        "通用设备",
        "机械 设备 机电",
        _YEAR_END,
        "0.08 700e3 0.99 0 0.01 0.62 0.14 0.02 0.03 0.08 60 0.13 0.8 0.7",
    ),
    _industry(
        "E48", "土木工程建筑", "建设 工程 市政", _BUILD, "0.08 780e3 0.97 0 0.03 0.6 0.22 0.01 0.01 0.08 75 0.09 1 1.7"
    ),
    _industry(
        "F51",
        "批发",
        "商贸 贸易 物资",
        _YEAR_END,
        "0.14 820e3 0.88 0.06 0.06 0.86 0.03 0.01 0.005 0.04 30 0.13 0.3 1.0",
    ),
    _industry(
        "F52", "零售", "超市 百货 便利", _RETAIL, "0.1 190e3 0.08 0.7 0.22 0.72 0.07 0.06 0.02 0.04 10 0.13 -0.3 1.1"
    ),
    _industry(
        "G54",
        "道路运输",
        "物流 运输 货运",
        _YEAR_END,
        "0.07 380e3 0.94 0.04 0.02 0.48 0.26 0.03 0.01 0.12 45 0.09 0.7 1.3",
    ),
    _industry(
        "H62", "餐饮", "餐饮 酒楼 面馆", _SUMMER, "0.08 140e3 0.05 0.8 0.15 0.42 0.22 0.11 0.05 0.08 10 0.06 -0.2 1.6"
    ),
    _industry(
        "I65",
        "软件和信息技术",
        "科技 软件 信息技术",
        _YEAR_END,
        "0.04 420e3 0.96 0.04 0 0.28 0.44 0.06 0.01 0.09 60 0.06 0.5 0.5",
    ),
    _industry(
        "P83", "教育", "教育 培训 文化", _SCHOOL, "0.03 160e3 0.12 0.78 0.1 0.14 0.46 0.16 0.02 0.1 5 0.03 0.5 0.9"
    ),
    _industry(
        "O81",
        "维修和居民服务",
        "汽修 服务 家政",
        _FLAT,
        "0.02 120e3 0.3 0.58 0.12 0.36 0.28 0.09 0.03 0.1 15 0.06 0.2 0.8",
    ),
)


def column(name: str) -> np.ndarray:
    """One attribute of every industry, as floats."""
    return np.array([getattr(industry, name) for industry in INDUSTRIES], dtype=float)


SEASON = np.array([industry.season for industry in INDUSTRIES])
