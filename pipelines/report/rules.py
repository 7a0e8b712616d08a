"""What a rule or finding says of a line, in both languages."""

import re
from collections.abc import Mapping

from features.evidence.rules import FlowRules, Rule

NATURES = {
    "operating": ("经营", "operating"),
    "own_transfer": ("同名互转", "own transfer"),
    "financing": ("融资", "financing"),
    "related_party": ("关联方", "related party"),
    "wash": ("循环", "circular"),
    "refund": ("退款", "refund"),
    "investment": ("投资", "investment"),
    "non_operating": ("非经营", "not operating"),
    "tax": ("税", "tax"),
    "social_insurance": ("社保", "social insurance"),
    "utility": ("水电气", "utility"),
    "payroll": ("工资", "payroll"),
    "rent": ("租金", "rent"),
    "interest": ("利息", "interest"),
    "fee": ("费用", "fee"),
    "insurance": ("保险", "insurance"),
    "owner": ("业主", "owner"),
    "unknown": ("不明", "unknown"),
}
SIDES = {"in": ("收", "in"), "out": ("付", "out")}
WORDS = {
    "channel": ("渠道", "channel"),
    "summary": ("摘要", "summary"),
    "counterparty": ("对手名", "counterparty"),
    "institution": ("机构", "institution"),
}
NOBODY = ("空白", "blank")
SOME = 4  # words of a pattern that are told
NESTED = re.compile(r"\([^()]*\)|\[[^]]*\]")  # alternatives within others
FLAGS = {
    "own": ("对手是本企业", "the counterparty is the firm"),
    "owner": ("对手是业主、管理人或亲属", "the counterparty is the owner, a manager or a relative"),
    "related": ("对手是其他关联方", "the counterparty is another related party"),
    "owner_account": ("记在业主账户", "it stands on the owner's account"),
    "wallet": ("记在支付平台账户", "it stands on an account at a payment platform"),
    "sole": ("企业是个体工商户", "the firm is a sole proprietor"),
    "shown": ("对手账户也已提供", "the counterparty's account is shown too"),
}
BEYOND = {
    "none": ("没有规则适用", "no rule fits"),
    "ledger_invoice": ("发票台账中的发票", "an invoice of the ledger"),
    "recorded-utility": ("与一张水电气账单的金额和日期相符", "the sum and date of a utility bill"),
    "recorded-tax": ("与一笔申报缴税的金额和日期相符", "the sum and date of a tax payment on record"),
    "recorded-social-insurance": ("与一期社保缴费的金额和日期相符", "the sum and date of a contribution on record"),
    "recorded-loan": ("与本行贷款的发放或还款相符", "a loan paid out, or an instalment, on record"),
    "recorded-bill": ("销售收到的票据贴现或到期兑付", "an acceptance received for a sale, discounted or settled"),
    "reversed": ("同日同额冲回", "booked in error: the same sum comes back on the same day"),
    "returned": ("数日内原额退回付款人", "the same sum goes back to its payer within days"),
    "passed-on": ("该付款人的钱一再原额转出", "this payer's money is passed on again and again"),
    "in-parts": ("整笔与同进同出者的多笔相抵", "one sum that others, who come and go with it, make up in parts"),
    "drawn-in-cash": ("收款后数日内分笔取现", "a receipt that is drawn in cash within days"),
    "cash-of-sales": ("收款后分笔支取的现金", "cash that a receipt is drawn in"),
    "sent-round": ("付出的款项一再从另一方近额转回", "what is paid out comes back from another party again and again"),
    "accomplice": ("该对手的往来大多已查实为空转", "most of what is exchanged with this party was found to go round"),
    "instalments": (
        "该付款人按月付近乎等额的款项，疑似还款",
        "nearly the same sum each month, as a loan is repaid",
    ),
    "swipes": (
        "刷卡入账笔数少而金额大，疑似套现",
        "card payouts are few and large: drawing on cards",
    ),
    "even": ("与该对手互为买卖且金额相抵，疑似对敲", "this party is paid and pays nearly the same in all"),
    "unbilled": (
        "该付款人的款项均无发票，而本企业其他收款多有发票",
        "no invoice stands behind what this payer pays, while most receipts of the firm have one",
    ),
    "unbilled-round": (
        "没有发票的收款，数日内等额转出或退回",
        "receipts without an invoice and the money that leaves within days, the same in sum",
    ),
    "answered": (
        "两个对手的资金逐笔或分笔呼应",
        "what one party pays in goes out to another or back, however it is cut",
    ),
    "to-and-fro": ("与同一对手来回往返", "money goes to and fro with one party"),
    "settlement-day": (
        "该付款人只在季末月20、21日付款，即结息日",
        "this payer pays on the days alone on which banks settle interest",
    ),
    "came-back": ("贷款转出后经生人转回", "loan proceeds that come back over strangers"),
    "withdrawn": (
        "支付平台账户提现，数日内到账",
        "taken out of the firm's account at a payment platform, it arrives within days",
    ),
    "paired": ("两个自有账户间一出一进", "leaves one own account and arrives in another"),
    **{
        f"habit-{nature}": (f"该对手多数往来为{zh}", f"most dealings with this party are {en}")
        for nature, (zh, en) in NATURES.items()
    },
}


def rule_words(name: str, rules: FlowRules) -> tuple[str, str]:
    """What stands behind a rule's id, in Chinese and English; an id of older rules gives itself.

    >>> from features.evidence.rules import FlowRules
    >>> rule = {"id": "tax", "category": "public_body", "nature": "tax", "summary": "税", "direction": "out"}
    >>> rule_words("tax", FlowRules.parse({"cash_haircut": 0, "rules": [rule]}))
    ('税：付；摘要 税', 'tax: out; summary 税')
    """
    if name in BEYOND:
        return BEYOND[name]
    rule = next((rule for rule in rules.rules if rule.id == name), None)
    return _said(rule, {each.kind: (each.zh, each.en) for each in rules.institutions.kinds}) if rule else (name, name)


def _said(rule: Rule, institutions: Mapping[str, tuple[str, str]]) -> tuple[str, str]:
    said = [SIDES[rule.direction]] if rule.direction else []
    for field, (zh, en) in WORDS.items():
        if pattern := getattr(rule, field):
            each = institutions[pattern] if field == "institution" else _words(pattern)
            said.append((f"{zh} {each[0]}", f"{en} {each[1]}"))
    said += [words for field, words in FLAGS.items() if getattr(rule, field)]
    said = said or [("其余各笔", "whatever is left")]
    zh, en = NATURES[rule.nature]
    return f"{zh}：{'；'.join(each for each, _ in said)}", f"{en}: {'; '.join(each for _, each in said)}"


def _words(pattern: str) -> tuple[str, str]:
    """The first words that a pattern asks for; the pattern itself where it asks for none as they stand.

    >>> _words("税|TIPS|缴库|横联|VAT"), _words("工资|代发"), _words("^[0-9]+$")
    (('税、TIPS、缴库、横联等', '税, TIPS, 缴库, 横联 ...'), ('工资、代发', '工资, 代发'), ('^[0-9]+$', '^[0-9]+$'))
    """
    if pattern == "^$":
        return NOBODY
    flat = pattern
    while (flatter := NESTED.sub(".", flat)) != flat:
        flat = flatter
    parts = [part.removesuffix("$").removesuffix(r"\s*").removeprefix("^") for part in flat.split("|")]
    words = [part for part in parts if re.fullmatch(r"\w+", part)][:SOME]
    if not words:
        return pattern, pattern
    more = len(parts) > len(words)
    return "、".join(words) + "等" * more, ", ".join(words) + " ..." * more
