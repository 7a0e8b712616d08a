"""How banks word their lines: the three dialects of ``kinds.py``, and three held out from whoever writes flow rules.

Every bank runs a core system of its own. The held-out ones word the same kinds of lines as a large state bank (a code
word and a note), a joint-stock bank (abbreviations of the clearing systems, full-width signs) and a village bank (a
numbered code and as few characters as will do); they name channels and internal accounts their own way too. Rules that
are written beside the first three are judged on the last three. A dialect is known by its position in ``DIALECTS``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from simulation.kinds import FIRST_DIALECTS, KINDS

NO_LIMIT = 60


@dataclass(frozen=True)
class Dialect:
    """The words of one core system.

    ``summaries`` gives the choices for each kind, divided by ``|``; ``names`` are patterns and what stands in their
    place; names are cut to ``longest`` characters; ``masked`` hides the middle of a counterparty's account number.
    """

    name: str
    summaries: Mapping[str, str]
    channels: Mapping[str, str] = field(default_factory=dict)
    names: tuple[tuple[str, str], ...] = ()
    longest: int = NO_LIMIT
    masked: bool = False

    def choices(self, kind: str) -> tuple[str, ...]:
        """What a line of a kind may say."""
        return tuple(self.summaries[kind].split("|"))

    def channel(self, plain: str) -> str:
        """The bank's word for a channel."""
        return self.channels.get(plain, plain)

    def party(self, name: str) -> str:
        """The name of a counterparty as this bank writes it.

        >>> Dialect("x", {}, names=(("^本行$", "内部户"),), longest=4).party("本行")
        '内部户'
        """
        if _any_of(self.names).search(name):
            for pattern, written in self.names:
                name = re.sub(pattern, written, name)
        return name[: self.longest]

    def account(self, number: str) -> str:
        """The number of a counterparty's account as this bank writes it.

        >>> Dialect("x", {}, masked=True).account("621000007919")
        '6210****7919'
        """
        return f"{number[:4]}****{number[-4:]}" if self.masked else number


@cache
def _any_of(names: tuple[tuple[str, str], ...]) -> re.Pattern[str]:
    """One pattern for all: most names match none, and are looked at once."""
    return re.compile("|".join(f"(?:{pattern})" for pattern, _ in names) or "$^")


def _known(number: int) -> Dialect:
    return Dialect(f"known_{number + 1}", {kind.name: "|".join(kind.summaries[number]) for kind in KINDS})


_STATE = {
    "sale": "汇入 货款|他行来账 附言:货款|电子汇入 购货款|跨行汇入 附言:支付货款",
    "service_sale": "汇入 服务费|电子汇入 附言:合同款|他行来账 工程进度款",
    "settlement_wechat": "网联来账 财付通商户资金|商户资金入账 微信",
    "settlement_alipay": "网联来账 支付宝商户资金|商户资金入账 支付宝",
    "settlement_card": "特约商户入账|商户入账 银联卡",
    "cash_sale": "现存|现金存款 营业款|自助存款",
    "cash_owner_in": "现存|自助存款",
    "refund_in": "汇入 退回货款|他行来账 附言:退多付款",
    "loan_in": "贷款入账|借据放款",
    "other_loan_in": "汇入 流贷放款|他行来账 附言:贷款资金",
    "private_loan_in": "汇入 借款|他行来账 附言:周转借款|汇入 临时周转",
    "nonbank_loan_in": "汇入 放款|他行来账 附言:借款发放",
    "owner_in": "汇入 股东往来|个人汇入 附言:往来|汇入 暂借",
    "related_in": "汇入 往来|他行来账 附言:货款",
    "wash_in": "汇入 货款|他行来账 附言:货款|跨行汇入 附言:往来款",
    "own_in": "同户名汇入|同户名汇入 调拨",
    "interest_in": "季度结息|利息入账",
    "subsidy_in": "国库来账 稳岗返还|财政集中支付 奖补|国库来账 专项扶持资金",
    "export_refund_in": "国库来账 出口退税|退库 出口货物",
    "asset_sale_in": "汇入 旧设备款|汇入 卖车款|他行来账 附言:设备转让",
    "claim_in": "汇入 赔案款|他行来账 附言:车险赔付",
    "wealth_in": "理财到期入账|法人理财赎回",
    "deposit_in": "汇入 退投标保证金|他行来账 附言:退还履约保证金",
    "household_in": "代发入账 工资|跨行汇入",
    "bill_in": "托收入账 银承|电票到期入账|委托收款划回",
    "discount_in": "贴现入账 银承|票据融资入账",
    "reversal_in": "冲正|红字冲销",
    "loan_principal": "贷款归还 本金|收贷 本金",
    "loan_interest": "收息|贷款归还 利息",
    "other_loan_out": "汇出 还贷|电子汇出 附言:归还流贷",
    "nonbank_loan_out": "协议扣款 还款|代收 分期还款",
    "private_loan_out": "汇出 还借款|电子汇出 附言:归还周转款",
    "court_out": "有权机关扣划|协助执行扣款",
    "guarantee_out": "保证人代偿|扣收 担保代偿",
    "payroll": "批量代付 工资|代发工资|批量代付 薪酬",
    "vat": "财税库银 增值税|税款扣缴|电子缴税 增值税",
    "surcharge": "财税库银 城建税及附加|税款扣缴",
    "income_tax": "财税库银 所得税|税款扣缴 企税预缴",
    "social": "财税库银 社保费|代收 养老医保|税款扣缴 社保",
    "electricity": "代收 电费|协议扣款 电力",
    "water": "代收 水费|协议扣款 自来水",
    "gas": "代收 气费|协议扣款 燃气",
    "rent": "汇出 房租|电子汇出 附言:租赁费|汇出 厂房租",
    "purchase": "汇出 货款|电子汇出 附言:材料款|跨行汇出 采购",
    "expense": "汇出 运费|汇出 报销款|电子汇出 附言:加油费|汇出 维修费|汇出 办公用品",
    "refund_out": "汇出 退货款|电子汇出 附言:退客户款",
    "fee": "对公收费|汇划费|短信服务费|工本费",
    "premium": "代收 保险费|汇出 保费",
    "own_out": "同户名汇出|同户名汇出 调拨",
    "owner_out": "汇出 备用金|个人汇出 往来|电子汇出 附言:还股东款",
    "related_out": "汇出 往来|电子汇出 附言:货款",
    "wash_out": "汇出 货款|电子汇出 附言:货款|跨行汇出 往来款",
    "cash_out": "现支|现金支票 备用金",
    "wealth_out": "法人理财申购|购买理财",
    "equipment": "汇出 设备款|电子汇出 附言:购机器",
    "diversion": "银证转出|汇出 购房定金|电子汇出 附言:投资",
    "deposit_out": "汇出 投标保证金|电子汇出 附言:履约保证金",
    "household_out": "快捷消费|贷记卡还款|个贷扣款",
    "owner_lends": "汇出 借公司用|手机银行汇款",
    "duplicate_out": "汇出 货款",
    "bill_out": "银承到期扣款|电票到期付款",
}
_JOINT_STOCK = {
    "sale": "HVPS来账／货款|BEPS来账／购货|IBPS来账／货款|汇款入账－货款",
    "service_sale": "BEPS来账／服务费|HVPS来账／合同款|IBPS来账／项目款",
    "settlement_wechat": "NUCC来账／TENPAY|WXPAY商户 T＋1|财付通SETTLE",
    "settlement_alipay": "NUCC来账／ALIPAY|ALIPAY商户 T＋1|支付宝SETTLE",
    "settlement_card": "CUPS清算／收单|UMS POS T＋1",
    "cash_sale": "CASH DEP|CDM存款／营业款",
    "cash_owner_in": "CASH DEP|CDM存款",
    "refund_in": "BEPS来账／退货款|REFUND－货款",
    "loan_in": "LN放款|LN DISB",
    "other_loan_in": "HVPS来账／贷款发放|HVPS来账／LN",
    "private_loan_in": "IBPS来账／借款|BEPS来账／拆借|IBPS来账／短期借用",
    "nonbank_loan_in": "NUCC来账／放款|BEPS来账／借款",
    "owner_in": "IBPS来账／往来|IBPS来账／个人|P2C TRF",
    "related_in": "IBPS来账／往来|BEPS来账／货款",
    "wash_in": "HVPS来账／货款|IBPS来账／货款|BEPS来账／往来",
    "own_in": "本名互转－入|CASH POOL上收|IBPS来账／本户",
    "interest_in": "CR INT|活期INT结息",
    "subsidy_in": "TCBS来账／补贴|BEPS来账／财政扶持|TCBS来账／稳岗",
    "export_refund_in": "TCBS来账／出口退税|TCBS退库",
    "asset_sale_in": "IBPS来账／设备处置|BEPS来账／车辆款",
    "claim_in": "BEPS来账／理赔|CLAIM PAY",
    "wealth_in": "WM赎回|WM到期兑付",
    "deposit_in": "BEPS来账／退保证金|退BID BOND",
    "household_in": "SAL入账|IBPS来账",
    "bill_in": "ECDS托收款|BA到期收款",
    "discount_in": "ECDS贴现|BA DISCOUNT",
    "reversal_in": "REVERSAL|反交易",
    "loan_principal": "LN还本|LN PRIN",
    "loan_interest": "LN付息|LN INT",
    "other_loan_out": "HVPS往账／还贷|IBPS往账／还他行LN",
    "nonbank_loan_out": "NUCC扣款／还款|AGT DR－还款",
    "private_loan_out": "IBPS往账／还借款|BEPS往账／还拆借",
    "court_out": "JUDICIAL DR|司法扣款",
    "guarantee_out": "GTEE代偿|LN担保扣款",
    "payroll": "SAL代发|PAYROLL|AGT CR－工资",
    "vat": "TIPS扣税／增值税|TIPS扣税",
    "surcharge": "TIPS扣税／附加|TIPS扣税",
    "income_tax": "TIPS扣税／企税|TIPS扣税",
    "social": "TIPS扣缴／社保|SI扣缴",
    "electricity": "EBPP／电费|AGT DR－电费",
    "water": "EBPP／水费|AGT DR－水费",
    "gas": "EBPP／气费|AGT DR－燃气",
    "rent": "BEPS往账／房租|IBPS往账／租金|RENT",
    "purchase": "HVPS往账／货款|BEPS往账／原料|IBPS往账／采购",
    "expense": "BEPS往账／运费|IBPS往账／报销|BEPS往账／服务费|IBPS往账／维修|BEPS往账／广告",
    "refund_out": "IBPS往账／退款|REFUND OUT",
    "fee": "SVC CHG|FEE－网银|CHG－汇款",
    "premium": "AGT DR－保费|BEPS往账／保险",
    "own_out": "本名互转－出|CASH POOL下拨|IBPS往账／本户",
    "owner_out": "IBPS往账／备用金|IBPS往账／往来|C2P TRF",
    "related_out": "IBPS往账／往来|BEPS往账／货款",
    "wash_out": "HVPS往账／货款|IBPS往账／货款|BEPS往账／往来",
    "cash_out": "CASH WD|CHQ取现",
    "wealth_out": "WM申购|WM认购",
    "equipment": "HVPS往账／设备|BEPS往账／购机款",
    "diversion": "B2S银证转账|HVPS往账／购房|HVPS往账／投资",
    "deposit_out": "BEPS往账／保证金|BID BOND",
    "household_out": "QPAY消费|CC还款|MTG扣款",
    "owner_lends": "IBPS往账|P2C TRF",
    "duplicate_out": "BEPS往账／货款",
    "bill_out": "BA到期扣款|ECDS付款",
}
_VILLAGE = {
    "sale": "201转收 货款|201转收 货|211来账 货款|211来账 付货款",
    "service_sale": "201转收 服务|211来账 工程款|211来账 加工费",
    "settlement_wechat": "261网联收 微信|261网联收 CFT",
    "settlement_alipay": "261网联收 支付宝|261网联收 ZFB",
    "settlement_card": "262收单 POS|262收单清算",
    "cash_sale": "101现收|101现收 营业款",
    "cash_owner_in": "101现收",
    "refund_in": "201转收 退货|211来账 退款",
    "loan_in": "301贷放|301贷放 流贷",
    "other_loan_in": "211来账 贷款|211来账 放款",
    "private_loan_in": "201转收 借|211来账 借款|201转收 周转",
    "nonbank_loan_in": "211来账 放款|261网联收 借款",
    "owner_in": "201转收 往来|201转收 老板转入|211来账 投入",
    "related_in": "201转收 往来|211来账 货款",
    "wash_in": "201转收 货款|211来账 货款|211来账 往来",
    "own_in": "203本户转入|203内转 收",
    "interest_in": "501结息|501付活期息",
    "subsidy_in": "221国库收 补贴|221国库收 奖补|211来账 财政补",
    "export_refund_in": "221国库收 退税|221国库收 出口",
    "asset_sale_in": "201转收 设备|211来账 卖车",
    "claim_in": "211来账 理赔|211来账 保险赔",
    "wealth_in": "511理财兑付|511理财赎",
    "deposit_in": "201转收 退押金|211来账 退保证金",
    "household_in": "251代发收 工资|201转收",
    "bill_in": "601托收 银票|601票据到期",
    "discount_in": "602贴现|602贴现 银票",
    "reversal_in": "901冲|901抹账",
    "loan_principal": "311收贷本|311收本",
    "loan_interest": "312收贷息|312收息",
    "other_loan_out": "212往账 还贷|212往账 还他行款",
    "nonbank_loan_out": "252代扣 还款|262网联付 还款",
    "private_loan_out": "202转付 还借|212往账 还款",
    "court_out": "801扣划|801法院",
    "guarantee_out": "313代偿|313扣担保",
    "payroll": "251代发 工资|251代发 GZ",
    "vat": "222缴税|222缴税 ZZS|222国税",
    "surcharge": "222缴税|222缴税 附加",
    "income_tax": "222缴税|222缴税 SDS",
    "social": "222缴社保|252代扣 社保",
    "electricity": "252代扣 电|252代扣 DF",
    "water": "252代扣 水|252代扣 SF",
    "gas": "252代扣 气|252代扣 天然气",
    "rent": "202转付 房租|212往账 租金|202转付 FZ",
    "purchase": "202转付 货款|212往账 料款|202转付 进货",
    "expense": "202转付 运费|202转付 报销|212往账 维修|202转付 油费|212往账 杂费",
    "refund_out": "202转付 退货|212往账 退款",
    "fee": "502手续费|502收费|502短信",
    "premium": "252代扣 保费|212往账 保险",
    "own_out": "203本户转出|203内转 付",
    "owner_out": "202转付 备用金|202转付 往来|202转付 个人",
    "related_out": "202转付 往来|212往账 货款",
    "wash_out": "202转付 货款|212往账 货款|212往账 往来",
    "cash_out": "102现付|102现付 备用",
    "wealth_out": "511理财购|511认购",
    "equipment": "202转付 设备|212往账 机器款",
    "diversion": "213银证|212往账 买房|212往账 投资",
    "deposit_out": "202转付 押金|212往账 投标保证金",
    "household_out": "262网联付|253卡还款|311收贷本 房贷",
    "owner_lends": "202转付|202转付 往来",
    "duplicate_out": "202转付 货款",
    "bill_out": "603承兑扣款|603银票到期",
}
_STATE_CHANNELS = {
    "网银转账": "企业网银", "快捷支付": "网联", "POS": "商户", "柜面": "网点", "贷款系统": "信贷", "手机银行": "掌银",
    "系统": "自动入账", "国库": "财税库银", "票据": "电票系统", "司法": "查控平台", "代发": "批量", "批扣": "批量",
}  # fmt: skip
_JOINT_STOCK_CHANNELS = {
    "网银转账": "EBNK", "快捷支付": "EPCC", "POS": "POSP", "柜面": "CNTR", "贷款系统": "LOAN", "手机银行": "MBNK",
    "系统": "AUTO", "国库": "TIPS", "票据": "ECDS", "司法": "JUDC", "代发": "BATCH", "批扣": "BATCH",
}  # fmt: skip
_VILLAGE_CHANNELS = {
    "网银转账": "网银", "快捷支付": "网联", "POS": "收单", "柜面": "柜台", "贷款系统": "信贷", "手机银行": "手机",
    "系统": "批处理", "国库": "国库", "票据": "票据", "司法": "其他", "代发": "批量", "批扣": "批量",
}  # fmt: skip
STATE = Dialect(
    "state_bank",
    _STATE,
    _STATE_CHANNELS,
    names=(
        ("^(财付通支付科技有限公司|支付宝（中国）网络技术有限公司)$", r"\1客户备付金"),
        ("^银联商务股份有限公司$", "银联商务股份有限公司商户资金"),
        ("^国家金库(..)市中心支库$", r"国家税务总局\1市税务局"),
        ("^本行$", "对公业务内部账户"),
        ("^本行理财产品户$", "法人理财募集账户"),
        ("^代发工资$", "批量代付过渡户"),
    ),
)
JOINT_STOCK = Dialect(
    "joint_stock_bank",
    _JOINT_STOCK,
    _JOINT_STOCK_CHANNELS,
    names=(
        ("^财付通支付科技有限公司$", "财付通－微信支付商户"),
        ("^支付宝（中国）网络技术有限公司$", "支付宝－商户结算"),
        ("^银联商务股份有限公司$", "银联商务－收单清算"),
        ("^国家金库(..)市中心支库$", "待报解预算收入"),
        ("^(..)市社会保险基金管理中心$", "待报解社保费收入"),
        ("^本行$", "内部户"),
        ("^本行理财产品户$", "理财募集户"),
        ("^代发工资$", "代发业务待清算"),
    ),
    masked=True,
)
VILLAGE = Dialect(
    "village_bank",
    _VILLAGE,
    _VILLAGE_CHANNELS,
    names=(
        ("^财付通支付科技有限公司$", "网联-财付通"),
        ("^支付宝（中国）网络技术有限公司$", "网联-支付宝"),
        ("^银联商务股份有限公司$", "银联商务待清算"),
        ("^国家金库(..)市中心支库$", r"\1国库"),
        ("^(..)市社会保险基金管理中心$", r"\1社保"),
        ("^本行$", ""),
        ("^代发工资$", "代发户"),
    ),
    longest=12,
)
DIALECTS: tuple[Dialect, ...] = (*(_known(number) for number in range(FIRST_DIALECTS)), STATE, JOINT_STOCK, VILLAGE)
HELD_OUT_DIALECTS = tuple(range(FIRST_DIALECTS, len(DIALECTS)))
