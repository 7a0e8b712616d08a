from itertools import product
from pathlib import Path

import pyarrow as pa
import pytest
import yaml

from features.contract.words import CATEGORIES, DIRECTIONS
from features.engine import connect, register
from features.errors import PolicyError
from features.evidence.rules import BITS, FLAGS, FlowRules

COLUMNS = ("direction", "channel", "summary", "counterparty_name")
SALE = {"id": "sale", "category": "other_counterparty", "nature": "operating"}
TAX = {"id": "tax", "category": "public_body", "nature": "tax"}
SHAPE = pa.schema([*((name, pa.string()) for name in COLUMNS), *((name, pa.bool_()) for name in FLAGS)])


BANK = {"kind": "bank", "zh": "银行", "en": "banks", "names": "银行|^本行$"}


def rules_of(*rules, cash_haircut=0.2, institutions=(BANK,)):
    content = {"version": "t", "cash_haircut": cash_haircut, "rules": list(rules)}
    return FlowRules.parse(content, {"institutions": list(institutions)})


def labels(rules, *lines):
    """Rule, category and nature of each line, in order."""
    rows = [{**dict.fromkeys(FLAGS, False), **line, "place": i} for i, line in enumerate(lines)]
    table = register(connect(), "lines", pa.Table.from_pylist(rows, SHAPE.append(pa.field("place", pa.int64()))))
    found = rules.label(rules.read(table)).order_by("place").to_pyarrow().to_pylist()
    return [(row["rule"], row["category"], row["nature"]) for row in found]


def natures(rules, *lines):
    return [nature for _, _, nature in labels(rules, *lines)]


def test_the_first_rule_that_fits_decides():
    line = {"direction": "out", "summary": "缴税 货款"}
    both = ({**TAX, "summary": "税"}, {**SALE, "summary": "货款"})
    assert labels(rules_of(*both), line) == [("tax", "public_body", "tax")]
    assert labels(rules_of(*reversed(both)), line) == [("sale", "other_counterparty", "operating")]


def test_every_condition_of_a_rule_must_hold():
    rule = rules_of({**TAX, "summary": "税", "direction": "out", "channel": "^国库$", "counterparty": "金库"})
    line = {"summary": "税款", "direction": "out", "channel": "国库", "counterparty_name": "国家金库"}
    short = [line | {name: "x"} for name in line]
    assert labels(rule, line)[0][0] == "tax"
    assert labels(rule, *short) == [("none", "other_counterparty", "unknown")] * 4


def test_case_is_ignored_also_behind_a_bar():
    rule = rules_of({**TAX, "summary": "tips|vat"})
    found = natures(rule, *({"summary": s} for s in ("Tips", "x VAT x", "TIP")))
    assert found == ["tax", "tax", "unknown"]


def test_a_missing_text_fits_no_pattern_but_one_that_fits_nothing():
    line = {"direction": "in", "summary": None}
    assert natures(rules_of({**TAX, "summary": "税"}), line) == ["unknown"]
    assert natures(rules_of({**TAX, "summary": "^$"}), line) == ["tax"]
    assert natures(rules_of(SALE), {"direction": None, "summary": None}) == ["operating"]


def test_a_missing_direction_fits_no_direction():
    assert natures(rules_of({**TAX, "direction": "out"}), {"direction": None}) == ["unknown"]


@pytest.mark.parametrize("flag", FLAGS)
def test_who_is_on_the_other_side_is_a_condition(flag):
    rules = rules_of({**SALE, flag: True}, {**TAX, "direction": "in"})
    others = {name: True for name in FLAGS if name != flag}
    lines = ({flag: True}, {**others, "direction": "in"}, others)
    assert natures(rules, *lines) == ["operating", "tax", "unknown"]


def test_an_institution_is_a_condition_on_the_folded_name():
    rules = rules_of({**TAX, "institution": "bank"})
    names = ("某（中国）銀行", "本行", "本行某部", "某公司", "***银行", None)
    found = natures(rules, *({"counterparty_name": name} for name in names))
    assert found == ["tax", "tax", "unknown", "unknown", "tax", "unknown"]


def test_there_may_be_more_rules_than_bits_in_a_number():
    many = [{**TAX, "id": f"r{i}", "summary": f"^s{i}$"} for i in range(2 * BITS + 3)]
    asked = (0, BITS - 1, BITS, 2 * BITS - 1, 2 * BITS, 2 * BITS + 2)
    found = labels(rules_of(*many, {**SALE, "id": "rest"}), *({"summary": f"s{i}"} for i in asked), {"summary": "s"})
    assert [rule for rule, _, _ in found] == [*(f"r{i}" for i in asked), "rest"]


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        (
            [{**SALE, "sumary": "x"}],
            "flow_rules.yaml: rule 1 has unknown keys ['sumary'] and lacks []; allowed are category, channel, "
            "confidence, counterparty, direction, id, institution, nature, own, owner, owner_account, related, shown, "
            "sole, summary, wallet",
        ),
        (
            [SALE, {"id": "b"}],
            "flow_rules.yaml: rule 2 has unknown keys [] and lacks ['category', 'nature']; allowed are category, "
            "channel, confidence, counterparty, direction, id, institution, nature, own, owner, owner_account, "
            "related, shown, sole, summary, wallet",
        ),
        (
            [{**SALE, "direction": "up"}],
            "flow rule 'sale': direction is 'up', expected one of , in, out",
        ),
        (
            [{**SALE, "category": "bank"}],
            "flow rule 'sale': category is 'bank', expected one of public_body, own_account, account_bank, "
            "third_party_payment, cash, other_counterparty",
        ),
        (
            [{**SALE, "institution": "club"}],
            "flow rule 'sale': institution is 'club', expected one of bank",
        ),
        (
            [SALE, TAX, SALE],
            "flow_rules.yaml: rules must be given and ids must be unique, found twice: ['sale']",
        ),
        ([], "flow_rules.yaml: rules must be given and ids must be unique, found twice: []"),
        ([{**SALE, "confidence": 1.5}], "flow rule 'sale': confidence is 1.5, expected a share between 0 and 1"),
        (
            [{**SALE, "summary": "("}],
            "flow rule 'sale': summary is not a regular expression (Invalid regular expression: missing ): ()",
        ),
        (
            [{**SALE, "counterparty": "银行(?!卡)"}],
            "flow rule 'sale': counterparty is not a regular expression (Invalid regular expression: invalid perl "
            "operator: (?!)",
        ),
        (
            ["tax"],
            "flow_rules.yaml: rule 1 has unknown keys [] and lacks ['category', 'id', 'nature']; allowed are category, "
            "channel, confidence, counterparty, direction, id, institution, nature, own, owner, owner_account, "
            "related, shown, sole, summary, wallet",
        ),
    ],
)
def test_a_rule_that_cannot_be_is_refused(rules, words):
    with pytest.raises(PolicyError) as error:
        rules_of(*rules)
    assert error.value.en == words


def test_an_unknown_nature_is_refused_with_the_natures_there_are():
    with pytest.raises(PolicyError, match=r"flow rule 'sale': nature is 'sales', expected one of operating, own_tr"):
        rules_of({**SALE, "nature": "sales"})


def test_no_rules_at_all_are_refused():
    with pytest.raises(PolicyError, match=r"flow_rules.yaml: rules must be given and ids must be unique, found twice"):
        FlowRules.parse({"cash_haircut": 0, "rules": None})


@pytest.mark.parametrize("share", [-0.01, 1.01, None, "a fifth"])
def test_a_haircut_that_is_no_share_is_refused(share):
    with pytest.raises(PolicyError) as error:
        rules_of(SALE, cash_haircut=share)
    assert error.value.en == f"flow_rules.yaml: cash_haircut is {share}, expected a share between 0 and 1"


def test_the_digest_is_of_what_decides_a_label_and_nothing_else():
    same = FlowRules.parse({"version": "9", "cash_haircut": 0.2, "rules": [SALE]}, {"institutions": [BANK]})
    assert rules_of(SALE).digest == same.digest
    others = (rules_of(SALE, cash_haircut=0.3), rules_of(TAX), rules_of(SALE, TAX), rules_of(TAX, SALE))
    other_bank = rules_of(SALE, institutions=({**BANK, "names": "bank"},))
    assert len({rules_of(SALE).digest, other_bank.digest, *(other.digest for other in others)}) == 6


# The codes of the two dialects of the PKDD'99 bank, as its documentation explains them.
CZECH = [
    ("in", "VKLAD", None, "operating", "cash"),
    ("out", "VYBER", None, "operating", "cash"),
    ("out", "VYBER KARTOU", None, "operating", "cash"),
    ("in", None, "UROK", "interest", "account_bank"),
    ("out", "VYBER", "SLUZBY", "fee", "account_bank"),
    ("out", "VYBER", "SANKC. UROK", "interest", "account_bank"),
    ("out", "PREVOD NA UCET", "SIPO", "utility", "public_body"),
    ("out", "VYBER", "SIPO", "utility", "public_body"),
    ("out", "PREVOD NA UCET", "POJISTNE", "insurance", "other_counterparty"),
    ("out", "PREVOD NA UCET", "UVER", "financing", "account_bank"),
    ("in", "PREVOD Z UCTU", "DUCHOD", "operating", "public_body"),
    ("in", "PREVOD Z UCTU", None, "operating", "other_counterparty"),
    ("out", "PREVOD NA UCET", None, "operating", "other_counterparty"),
    ("in", "credit in cash", None, "operating", "cash"),
    ("out", "withdrawal in cash", None, "operating", "cash"),
    ("out", "credit card withdrawal", None, "operating", "cash"),
    ("in", None, "interest credited", "interest", "account_bank"),
    ("out", "withdrawal in cash", "payment for statement", "fee", "account_bank"),
    ("out", "withdrawal in cash", "sanction interest if negative balance", "interest", "account_bank"),
    ("out", "remittance to another bank", "household", "utility", "public_body"),
    ("out", "remittance to another bank", "insurrance payment", "insurance", "other_counterparty"),  # as in the data
    ("in", "collection from another bank", None, "operating", "other_counterparty"),
    ("out", "remittance to another bank", None, "operating", "other_counterparty"),
]


def test_both_dialects_of_the_czech_bank(rules):
    lines = [{"direction": d, "channel": c, "summary": s} for d, c, s, _, _ in CZECH]
    found = labels(rules, *lines)
    assert [(c, n) for _, c, n in found] == [(category, nature) for *_, nature, category in CZECH]


CHINESE = [
    ("in", "货款 收货款 往来货款 服务费 合同款 工程款 营业款缴存", "operating"),
    ("in", "微信支付商户结算 财付通结算款 支付宝商户结算 支付宝交易款 POS商户清算 银联收单结算", "operating"),
    ("in", "现金存入 现存 ATM存现", "operating"),
    ("in", "退款 退货款 退回货款", "refund"),
    ("in", "贷款发放 放款 流贷放款 借款 往来借款 借款放款", "financing"),
    ("in", "结息 存款利息", "interest"),
    ("in", "财政补贴 稳岗补贴 奖补资金", "non_operating"),
    ("in", "出口退税 退税款", "tax"),
    ("in", "设备转让款 处置固定资产 车辆转让款 保证金退回 退投标保证金", "non_operating"),
    ("in", "理赔款 保险赔款", "insurance"),
    ("in", "票据到期托收 承兑汇票到期", "operating"),
    ("in", "理财赎回 理财到期", "investment"),
    ("in", "本公司账户划转 同名划转 资金归集", "own_transfer"),
    ("in", "股东投入", "owner"),
    ("out", "归还贷款本金 贷款还本 归还贷款利息 贷款付息 归还贷款 贷款还款 还款 还借款 归还借款", "financing"),
    ("out", "司法扣划 法院扣划 代偿款 投标保证金", "non_operating"),
    ("out", "工资 代发工资", "payroll"),
    ("out", "缴税 税款 缴税_企业所得税 实时缴税_增值税", "tax"),
    ("out", "社保 社会保险费", "social_insurance"),
    ("out", "电费 代扣电费 水费 代扣水费 燃气费 天然气费", "utility"),
    ("out", "房租 租金 厂房租金", "rent"),
    ("out", "货款 材料款 采购款 运费 报销 广告费 办公费 服务费", "operating"),
    ("out", "退款 退货款", "refund"),
    ("out", "手续费 账户管理费", "fee"),
    ("out", "保险费 保费", "insurance"),
    ("out", "备用金 取现 现金支取", "owner"),
    ("out", "理财申购 购买理财 银证转账 设备款 购设备 购房款", "investment"),
]


def test_the_words_of_a_chinese_bank(rules):
    words = [(direction, w.replace("_", " "), nature) for direction, some, nature in CHINESE for w in some.split()]
    found = natures(rules, *({"direction": direction, "summary": word} for direction, word, _ in words))
    wrong = [(*word, was) for word, was in zip(words, found, strict=True) if word[2] != was]
    assert wrong == []


OTHERS = [
    ({"direction": "out", "counterparty_name": "国家金库某支库"}, "public_body", "tax"),
    ({"direction": "out", "counterparty_name": "某市社会保险基金"}, "public_body", "social_insurance"),
    ({"direction": "out", "counterparty_name": "国网某供电公司"}, "public_body", "utility"),
    ({"direction": "in", "counterparty_name": "甲小额贷款有限公司"}, "other_counterparty", "financing"),
    ({"direction": "in", "counterparty_name": "财付通支付科技有限公司"}, "third_party_payment", "operating"),
    ({"direction": "in", "summary": "现金存入"}, "cash", "operating"),
    ({"direction": "in", "summary": "货款", "own": True}, "own_account", "own_transfer"),
    ({"direction": "in", "summary": "货款", "related": True}, "other_counterparty", "related_party"),
    ({"direction": "in", "summary": "货款", "owner": True}, "other_counterparty", "owner"),
    ({"direction": "in", "owner_account": True, "own": True}, "other_counterparty", "owner"),
    ({"direction": "out", "owner_account": True, "counterparty_name": "某店"}, "other_counterparty", "owner"),
    ({"direction": "in", "owner_account": True}, "other_counterparty", "owner"),
    ({"direction": "in", "owner_account": True, "counterparty_name": "某店"}, "other_counterparty", "operating"),
    ({"direction": "in", "counterparty_name": "中国某银行济南支行"}, "account_bank", "financing"),
    (
        {"direction": "in", "counterparty_name": "中国某银行", "summary": "服务费"},
        "other_counterparty",
        "operating",
    ),
    ({"direction": "out", "counterparty_name": "本行", "summary": "服务费"}, "account_bank", "fee"),
    ({"direction": "out", "counterparty_name": "本行", "channel": "系统"}, "account_bank", "fee"),
    ({"direction": "in", "counterparty_name": "本行", "channel": "系统"}, "account_bank", "interest"),
    ({"direction": "in", "counterparty_name": "某银行", "channel": "POS"}, "third_party_payment", "operating"),
    ({"direction": "in", "counterparty_name": "某银行", "summary": "银承到期"}, "other_counterparty", "operating"),
    ({"direction": "out", "counterparty_name": "甲融资担保有限公司"}, "other_counterparty", "financing"),
    ({"direction": "out", "counterparty_name": "甲证券股份有限公司营业部"}, "account_bank", "investment"),
    ({"direction": "out", "counterparty_name": "甲财产保险股份有限公司"}, "other_counterparty", "insurance"),
    ({"direction": "in", "counterparty_name": "某市人民法院"}, "public_body", "non_operating"),
    ({"direction": "out", "channel": "代发"}, "other_counterparty", "payroll"),
    ({"direction": "out", "channel": "柜面"}, "cash", "owner"),
    ({"direction": "in", "channel": "柜面"}, "cash", "operating"),
    ({"direction": "in", "summary": "其他"}, "other_counterparty", "operating"),
    ({"direction": "out", "summary": "提现"}, "cash", "owner"),
    ({"direction": "out", "summary": "提现", "wallet": True}, "own_account", "own_transfer"),
    (
        {"direction": "out", "summary": "余额提现-T1到账", "wallet": True, "counterparty_name": "某银行"},
        "own_account",
        "own_transfer",
    ),
    ({"direction": "in", "summary": "提现退回", "wallet": True}, "own_account", "own_transfer"),
    ({"direction": "in", "summary": "账户充值", "wallet": True}, "own_account", "own_transfer"),
    ({"direction": "in", "summary": "会员充值", "wallet": True}, "other_counterparty", "operating"),
    ({"direction": "out", "summary": "提现 手续费", "wallet": True}, "account_bank", "fee"),
    ({"direction": "out", "summary": "提现手续费", "wallet": True}, "account_bank", "fee"),
    ({"direction": "in", "summary": "扫码收款", "wallet": True}, "third_party_payment", "operating"),
]


def test_counterparties_and_relations_decide_too(rules):
    found = labels(rules, *(line for line, *_ in OTHERS))
    wrong = [(*case, was) for case, was in zip(OTHERS, found, strict=True) if case[1:] != was[1:]]
    assert wrong == []


def test_the_rules_that_ship_are_read_whole(rules):
    content = yaml.safe_load((Path(__file__).parents[3] / "conf" / "flow_rules.yaml").read_text(encoding="utf-8"))
    assert [rule.id for rule in rules.rules] == [entry["id"] for entry in content["rules"]]
    assert rules.rules[-1].id == "remainder"


def test_an_institution_needs_the_file_of_institutions():
    with pytest.raises(PolicyError) as error:
        FlowRules.parse({"cash_haircut": 0, "rules": [{**SALE, "institution": "bank"}]})
    assert error.value.en == (
        "flow rule 'sale': institution is 'bank', expected one of none, institutions.yaml was not given"
    )


STATISTIC = {"category": "cash", "direction": "in", "nature": "operating"}


def told_by(*statistics):
    return FlowRules.parse({"cash_haircut": 0.2, "rules": [SALE | {"summary": "x"}], "statistics": list(statistics)})


def test_statistics_count_as_what_their_entry_says_and_others_are_unknown():
    rules = told_by(STATISTIC, STATISTIC | {"direction": "out", "nature": "owner", "confidence": 0.5})
    rows = [{"category": c, "direction": d} for c, d in (("cash", "in"), ("cash", "out"), ("own_account", "in"))]
    table = register(connect(), "statistics", pa.Table.from_pylist(rows))
    found = {(r["category"], r["direction"]): r for r in rules.tell(table).to_pyarrow().to_pylist()}
    assert {key: (r["nature"], float(r["confidence"])) for key, r in found.items()} == {
        ("cash", "in"): ("operating", 0.95),
        ("cash", "out"): ("owner", 0.5),
        ("own_account", "in"): ("unknown", 0.0),
    }
    assert told_by(STATISTIC).digest != told_by().digest


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (
            {"category": "cash", "nature": "operating"},
            "entry 1 of statistics has the keys ['category', 'nature'], expected",
        ),
        (STATISTIC | {"summary": "x"}, "expected category, direction and nature, and confidence if need be"),
        (STATISTIC | {"nature": "profit"}, "statistics-cash-in': nature is 'profit', expected one of operating"),
        (STATISTIC | {"direction": "up"}, "direction is 'up', expected one of"),
        (STATISTIC | {"confidence": 2}, "confidence is 2, expected a share between 0 and 1"),
        ("cash", "entry 1 of statistics has the keys [], expected"),
    ],
)
def test_statistics_that_cannot_be_read_are_refused(entry, words):
    with pytest.raises(PolicyError) as error:
        told_by(entry)
    assert words in str(error.value)


def test_every_statistic_of_the_rules_that_ship_has_a_nature(rules):
    assert {(r.category, r.direction) for r in rules.statistics} == set(product(CATEGORIES, DIRECTIONS))
    assert len(rules.statistics) == len(CATEGORIES) * len(DIRECTIONS)
