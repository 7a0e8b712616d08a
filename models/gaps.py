"""What the decision would have used and nobody knows."""

import numpy as np

from features.catalogue import CATALOGUE
from features.catalogue.feature import FAMILIES
from models.arrays import Floats
from models.credit_model import CreditModel
from models.decision import DataGap
from models.limit import LEGS
from models.limit.cycle import DAYS, SECTION
from models.limit.leg import EXPOSURES
from models.policy import PD

REQUEST = "requested_amount"
# Features that tell by a value above zero that something was left out, or that two sources disagree.
TELLING = {
    "foreign_accounts": ("未计入", "left out"),
    "unseen_accounts": ("未计入", "left out"),
    "statistics_gap_share": ("不一致", "do not agree"),
}
WORDS = {
    "exposure_ours": ("本行已授信", "what we have committed"),
    "exposure_all": ("各家机构已授信", "what all lenders have committed"),
    "exposure_group": ("集团已授信", "what the group has of us"),
    "firm_age_months": ("成立月数", "months since the firm was founded"),
    SECTION: ("行业", "industry"),
}
STATEMENTS = DataGap(
    code="financial_statement",
    zh="缺少：近两年财务报表，周转天数取自发票与收付款，或取通常值",
    en="not known: a financial statement of two years; days are from invoices and payments, or the usual ones",
)
PUBLIC = DataGap(
    code="public_bills",
    zh="缺少：水电气账单、纳税申报与社保缴纳；凡由其得出的指标按最高风险计",
    en="not known: utility bills, tax filings, social insurance; what comes of them counts as the riskiest",
)


def data_gaps(matrix: Floats, model: CreditModel) -> list[tuple[DataGap, ...]]:
    """For each row what legs and rules miss, what was left out or disagrees, and families of which nothing is known.

    A firm that asked for no amount misses nothing.
    """
    missing = np.isnan(matrix)
    asked = [name for name in _asked(model) if name != REQUEST]
    single = [(model.columns.index(name), _gap(name, *_words(name, model))) for name in asked]
    shown = dict.fromkeys(f.family for f in model.features if f.told)
    families = [(_columns(family, model), _family(family)) for family in shown]
    bills = [j for j, f in enumerate(model.features) if f.unknown_side]
    cycle = [model.columns.index(name) for name in DAYS]
    told = [(model.columns.index(name), _told(name, model)) for name in TELLING if name in model.columns]
    return [
        tuple(
            [gap for j, gap in single if row[j]]
            + ([STATEMENTS] if row[cycle].any() else [])
            + ([PUBLIC] if bills and row[bills].all() else [])
            + [gap for j, gap in told if values[j] > 0]
            + [gap for columns, gap in families if row[columns].all() and gap.code != "family.application"]
        )
        for values, row in zip(matrix, missing, strict=True)
    ]


def _asked(model: CreditModel) -> tuple[str, ...]:
    rules = (r.feature for r in (*model.policy.admission, *model.policy.referral) if r.feature != PD)
    legs = (name for leg in LEGS for name in leg.reads)
    return tuple(dict.fromkeys([*rules, *legs, *EXPOSURES, SECTION]))


def _words(name: str, model: CreditModel) -> tuple[str, str]:
    read = {f.name: (f.zh, f.en) for f in model.features}
    of_legs = CATALOGUE.get(name)
    return read.get(name) or WORDS.get(name) or ((of_legs.zh, of_legs.en) if of_legs else (name, name))


def _told(code: str, model: CreditModel) -> DataGap:
    (zh, en), (why_zh, why_en) = _words(code, model), TELLING[code]
    return DataGap(code=code, zh=f"{why_zh}：{zh}", en=f"{why_en}: {en}")


def _gap(code: str, zh: str, en: str) -> DataGap:
    return DataGap(code=code, zh=f"缺少：{zh}", en=f"not known: {en}")


def _family(family: str) -> DataGap:
    return _gap(f"family.{family}", *FAMILIES.get(family, (family, family)))


def _columns(family: str, model: CreditModel) -> list[int]:
    return [j for j, f in enumerate(model.features) if f.family == family]
