from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
import yaml

from features.engine import connect, register
from features.errors import PolicyError
from features.evidence.parties import Institutions, bare, folded, party_key, timeline
from simulation.lines import _shortened, _spaced
from simulation.parties import BANKS, INSURER, NON_BANKS, PLATFORMS, SECURITIES

CONF = Path(__file__).parents[3] / "conf" / "institutions.yaml"
BANK = {"kind": "bank", "zh": "银行", "en": "banks", "names": "银行"}


@pytest.fixture(scope="module")
def of_names():
    """What an expression over folded names gives for each name."""
    backend = connect()

    def of(expression, names):
        rows = [{"place": i, "name": name} for i, name in enumerate(names)]
        shape = pa.schema([("place", pa.int64()), ("name", pa.string())])
        table = register(backend, "names", pa.Table.from_pylist(rows, shape))
        found = table.mutate(found=expression(folded(table.name))).order_by("place")
        return found.to_pyarrow()["found"].to_pylist()

    return of


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("济南华盛贸易有限公司", "济南华盛贸易"),
        (" 济南 华盛贸易有限责任公司", "济南华盛贸易"),
        ("济南华盛贸易有限責任公司", "济南华盛贸易"),
        ("济南华盛贸易股份有限公司", "济南华盛贸易"),
        ("济南华盛贸易公司", "济南华盛贸易"),
        ("济南华盛贸易股份有", "济南华盛贸易"),
        ("济南华盛贸易有限公司青岛分公司", "济南华盛贸易"),
        ("支付宝（中国）网络技术有限公司", "支付宝中国网络技术"),
        ("支付宝(中国)网络技术有", "支付宝中国网络技术"),
        ("ＡＢＣ科技有限公司", "ABC科技"),
        ("abc 科技有限公司", "ABC科技"),
        ("中国工商银行股份有限公司济南历下支行", "中国工商银行"),
        ("中国工商銀行", "中国工商银行"),
        ("王五（个体工商户）", "王五"),
        ("王五（個體工商戶）", "王五"),
        ("李有", "李有"),
        ("张***", ""),
        ("＊＊＊公司", ""),
        ("甲厂分厂", "甲厂分厂"),
        ("公司", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_a_name_is_freed_of_what_does_not_tell_firms_apart(of_names, written, name):
    assert of_names(bare, [written]) == [name]


def test_the_faults_of_the_simulation_s_banks_give_the_same_name(of_names):
    firms = ("济南隆金包装有限公司", "淄博盛康信息技术有限公司", "青岛瑞天酒楼店", *NON_BANKS, *PLATFORMS)
    whole = of_names(bare, firms)
    assert of_names(bare, [_shortened(name) for name in firms]) == whole
    # Twelve characters hold the whole name but for its legal form, or not: only those can be told without identifier.
    cut = {n: w for n, w in zip(firms, whole, strict=True) if len(w) <= 10}
    assert of_names(bare, [_spaced(name) for name in cut]) == list(cut.values())
    assert len(cut) >= 10


def test_one_key_for_each_real_counterparty():
    rows = [
        {"id": "P1", "name": "张伟", "account": "621234"},
        {"id": None, "name": "张伟", "account": "621234"},
        {"id": None, "name": "张伟", "account": "625678"},
        {"id": None, "name": "张伟", "account": None},
        {"id": None, "name": "济南隆金包装", "account": "621234"},
        {"id": None, "name": "", "account": "621234"},
        {"id": "P1", "name": "", "account": None},
    ]
    shape = pa.schema([(name, pa.string()) for name in ("id", "name", "account")])
    table = register(connect(), "parties", pa.Table.from_pylist(rows, shape))
    found = table.select(key=party_key(table.id, table.name, table.account)).to_pyarrow()["key"].to_pylist()
    assert found == ["P1", "name:张伟1234", "name:张伟5678", "name:张伟", "name:济南隆金包装", None, "P1"]


def test_a_timeline_has_no_gap_no_overlap_and_no_stretch_without_news():
    jan, feb, mar = (date(2024, month, 1) for month in (1, 2, 3))
    rows = [
        {"p": "x", "known_at": day, "owner": owner}
        for day, owner in ((mar, True), (jan, False), (feb, False), (mar, False))
    ]
    table = register(connect(), "news", pa.Table.from_pylist(rows))
    found = timeline(table, ("p",), ("owner",)).order_by("before").to_pyarrow().to_pylist()
    assert found == [
        {"p": "x", "owner": None, "known": False, "since": None, "before": jan},
        {"p": "x", "owner": False, "known": True, "since": jan, "before": mar},
        {"p": "x", "owner": True, "known": True, "since": mar, "before": None},
    ]


KINDS = [
    ("bank", (*BANKS, "中国工商银行济南支行", "某县农村信用社", "本行")),
    ("lender", (*NON_BANKS, "某银行消费金融有限公司", "甲典当有限公司")),
    ("payment_platform", tuple(name for name in PLATFORMS if "银联" not in name)),
    ("broker", (SECURITIES[0], SECURITIES[2], "本行理财产品户", "某证券营业部")),
    ("insurer", (INSURER, "某人寿保险股份有限公司")),
    ("treasury", ("国家金库济南市中心支库", "国家税务总局某税务局", "待报解预算收入")),
    ("social_insurance", ("济南市社会保险基金管理中心", "某市住房公积金管理中心")),
    ("utility", ("国网济南供电公司", "济南市水务集团有限公司", "济南港华燃气有限公司")),
    ("court", ("济南市人民法院",)),
    ("finance_bureau", ("济南市财政局",)),
    ("guarantor", ("某融资担保有限公司",)),
    ("gambling", ("ｂｅｔ365",)),
    ("payroll_agent", ("代发工资",)),
    ("card_acquirer", ("银联商务股份有限公司山东分公司", "拉卡拉支付股份有限公司")),
    ("", ("济南隆金包装有限公司", "济南金广餐饮有限公司", "王五", "本行政区商店", "", None)),
]


def test_institutions_are_known_by_their_names(of_names):
    shipped = Institutions.parse(yaml.safe_load(CONF.read_text(encoding="utf-8")))
    assert {kind for kind, _ in KINDS} == {"", *(each.kind for each in shipped.kinds)}
    asked = [(kind, name) for kind, names in KINDS for name in names]
    found = of_names(shipped.of, [name for _, name in asked])
    assert list(zip(found, (name for _, name in asked), strict=True)) == asked


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        (
            [{**BANK, "name": "x"}],
            "institutions.yaml: entry 1 has unknown keys ['name'] and lacks []; wanted are en, kind, names, zh",
        ),
        (
            [BANK, "bank"],
            "institutions.yaml: entry 2 has unknown keys [] and lacks ['en', 'kind', 'names', 'zh']; wanted are en, "
            "kind, names, zh",
        ),
        ([{**BANK, "zh": ""}], "institution 'bank': zh must be a text that is not empty"),
        ([{**BANK, "names": 5}], "institution 'bank': names must be a text that is not empty"),
        (
            [{**BANK, "names": "("}],
            "institution 'bank': names is not a regular expression (Invalid regular expression: missing ): ()",
        ),
        ([BANK, BANK], "institutions.yaml: kinds must be given and be unique, found twice: ['bank']"),
        (None, "institutions.yaml: kinds must be given and be unique, found twice: []"),
    ],
)
def test_institutions_that_cannot_be_are_refused(entries, words):
    with pytest.raises(PolicyError) as error:
        Institutions.parse({"institutions": entries})
    assert error.value.en == words
