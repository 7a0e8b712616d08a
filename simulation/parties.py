"""Everybody whose name can stand on a line: firms, owners, outsiders, offices, utilities, banks, platforms."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from simulation.columns import Array, texts
from simulation.firms import REGIONS, Firms
from simulation.industries import INDUSTRIES
from simulation.randomness import stream

OUTSIDERS_PER_FIRM = 4
BANKS = ("中国工商银行", "中国建设银行", "中国农业银行", "浙江网商银行", "深圳前海微众银行", "齐鲁银行", "青岛银行")
NON_BANKS = (
    "鑫源小额贷款有限公司",
    "恒信融资租赁有限公司",
    "快易消费金融有限公司",
    "汇通商业保理有限公司",
    "瑞丰小额贷款有限公司",
)
PLATFORMS = ("财付通支付科技有限公司", "支付宝（中国）网络技术有限公司", "银联商务股份有限公司")
OWN_BANK, WEALTH = "本行", "本行理财产品户"
SECURITIES = ("中泰证券股份有限公司", "城建房地产开发有限公司", "华夏基金管理有限公司")
INSURER = "人民财产保险股份有限公司"
_CITY = {
    "370100": "济南",
    "370200": "青岛",
    "370300": "淄博",
    "370600": "烟台",
    "370700": "潍坊",
    "371300": "临沂",
    "410100": "郑州",
    "320500": "苏州",
    "330100": "杭州",
    "440300": "深圳",
}
_FIRST = "华盛恒瑞鑫德信达隆泰兴宏嘉丰润泽金广源正和顺通联创新百福安康明远博文海天东方中天"
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉建文辉力波宁欣雨晨浩然子涵"
_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@dataclass
class Parties:
    """Names and identifiers by party number. Firms come first, then their owners, then outsiders, then offices."""

    names: list[str]
    ids: list[str]
    outsiders: range
    special: dict[str, int]
    related: np.ndarray

    def office(self, prefix: str, regions: np.ndarray) -> np.ndarray:
        """Party numbers of an office that exists once a region."""
        table = np.array([self.special[f"{prefix}{region}"] for region in REGIONS])
        return np.asarray(table[regions])

    @cached_property
    def id_texts(self) -> Array:
        """Identifiers of all parties, to look up by number; firms come first, so a firm's number is its party's."""
        return pa.array(self.ids)

    def ids_of(self, number: np.ndarray) -> Array:
        """Identifiers of the parties of these numbers; a negative number is nobody."""
        return texts(self.id_texts, number)

    @cached_property
    def name_texts(self) -> Array:
        """Names of all parties, to look up by number."""
        return pa.array(self.names)

    def of(self, names: tuple[str, ...]) -> np.ndarray:
        """Party numbers of several specials."""
        return np.array([self.special[name] for name in names])


def make_parties(firms: Firms, seed: int) -> Parties:
    """Name everybody."""
    rng = stream(seed, "names")
    n = firms.n
    companies = _companies(rng, firms.industry, firms.region, firms.sole)
    owners = _people(rng, n)
    outside = OUTSIDERS_PER_FIRM * n + 200
    shape = rng.integers(0, len(INDUSTRIES), outside), rng.integers(0, len(REGIONS), outside), rng.random(outside) < 0.1
    outsiders = _companies(rng, *shape)
    related = _companies(rng, firms.industry, firms.region, np.zeros(n, dtype=bool))
    offices, office_names = _offices()
    names = [*companies, *owners, *outsiders, *related, *office_names]
    ids = [
        *(enterprise_id(k) for k in range(n)),
        *(f"P{k:07d}" for k in range(n)),
        *(f"C{k:07d}" for k in range(outside)),
        *(f"R{k:07d}" for k in range(n)),
        *(f"G{k:05d}" for k in range(len(offices))),
    ]
    first_office = 3 * n + outside
    special = {name: first_office + k for k, name in enumerate(offices)}
    return Parties(names, ids, range(2 * n, 2 * n + outside), special, np.arange(2 * n + outside, first_office))


def enterprise_id(number: int) -> str:
    """Identifier of a firm.

    >>> enterprise_id(7)
    'E000007'
    """
    return f"E{number:06d}"


def uscc(number: int, region: str, sole: bool) -> str:
    """A unified social credit code in the form of GB 32100, with its check character.

    >>> len(uscc(1, "370100", False))
    18
    """
    body = f"9{'2' if sole else '1'}{region}" + "".join(_USCC[(number * 7919 // 31**k + k * 5) % 31] for k in range(9))
    total = sum(_USCC.index(c) * pow(3, k, 31) for k, c in enumerate(body))
    return body + _USCC[(31 - total % 31) % 31]


def _companies(rng: np.random.Generator, industry: np.ndarray, region: np.ndarray, sole: np.ndarray) -> list[str]:
    n = len(industry)
    a, b, c, word = (
        rng.integers(0, len(_FIRST), n),
        rng.integers(0, len(_FIRST), n),
        rng.integers(0, len(_FIRST), n),
        rng.integers(0, 3, n),
    )
    return [
        f"{_CITY[REGIONS[region[k]]]}{_FIRST[a[k]]}{_FIRST[b[k]]}{'' if c[k] % 2 else _FIRST[c[k]]}"
        f"{INDUSTRIES[industry[k]].words[word[k]]}{'店' if sole[k] else '有限公司'}"
        for k in range(n)
    ]


def _people(rng: np.random.Generator, n: int) -> list[str]:
    a, b, c = rng.integers(0, len(_SURNAMES), n), rng.integers(0, len(_GIVEN), n), rng.integers(0, 2 * len(_GIVEN), n)
    return [_SURNAMES[a[k]] + _GIVEN[b[k]] + (_GIVEN[c[k]] if c[k] < len(_GIVEN) else "") for k in range(n)]


def _offices() -> tuple[list[str], list[str]]:
    """Keys and written names of the specials."""
    pairs = [
        (name, name) for name in (*BANKS, *NON_BANKS, *PLATFORMS, OWN_BANK, WEALTH, *SECURITIES, INSURER, "代发工资")
    ]
    for region, city in _CITY.items():
        pairs += [
            (f"tax{region}", f"国家金库{city}市中心支库"),
            (f"social{region}", f"{city}市社会保险基金管理中心"),
            (f"power{region}", f"国网{city}供电公司"),
            (f"water{region}", f"{city}市水务集团有限公司"),
            (f"gas{region}", f"{city}港华燃气有限公司"),
            (f"court{region}", f"{city}市人民法院"),
            (f"finance{region}", f"{city}市财政局"),
        ]
    return [key for key, _ in pairs], [name for _, name in pairs]
