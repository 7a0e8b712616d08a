"""Every kind of account line the world can make: its true nature, who is behind it and how banks word it.

The wording differs by bank: each kind has one tuple of summaries for each of the three dialects that were here first;
``dialects.py`` has all. A kind is known to the rest of the
world by its position in ``KINDS``, which is what ledgers store.
"""

from dataclasses import dataclass

FIRST_DIALECTS = 3


@dataclass(frozen=True)
class Kind:
    """One kind of line.

    ``rank`` is the order in which an owner short of cash pays: small numbers first. What ``lapses`` is given up when
    it cannot be paid on its day; everything else stays owed.
    """

    name: str
    direction: str
    nature: str
    channel: str
    summaries: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
    rank: int = 50

    @property
    def lapses(self) -> bool:
        """True for payments that nobody waits for."""
        return self.rank >= 60 or self.nature in ("wash", "related_party", "investment")


def _kind(name: str, direction: str, nature: str, channel: str, *texts: str, rank: int = 50) -> Kind:
    a, b, c = (tuple(text.split("|")) for text in (*texts, *texts[-1:] * (FIRST_DIALECTS - len(texts))))
    return Kind(name, direction, nature, channel, (a, b, c), rank)


_IN = (
    _kind("sale", "in", "operating", "网银转账", "货款|收货款|往来货款", "转账收入 货款|销售货款", "大额来账 货款|HK"),
    _kind("service_sale", "in", "operating", "网银转账", "服务费|合同款|工程款", "技术服务费|项目款", "来账 合同款"),
    _kind(
        "settlement_wechat", "in", "operating", "快捷支付", "微信支付商户结算|财付通结算款", "财付通 T+1结算", "CFT结算"
    ),
    _kind(
        "settlement_alipay", "in", "operating", "快捷支付", "支付宝商户结算|支付宝交易款", "支付宝 T+1结算", "ZFB结算"
    ),
    _kind("settlement_card", "in", "operating", "POS", "POS商户清算|银联收单结算", "银联商务 清算款", "POS QS"),
    _kind("cash_sale", "in", "operating", "柜面", "现金存入|营业款缴存", "ATM存现|现存", "存现"),
    _kind("cash_owner_in", "in", "owner", "柜面", "现金存入", "ATM存现|现存", "存现"),
    _kind("refund_in", "in", "refund", "网银转账", "退款|退货款", "退回货款", "退款"),
    _kind("loan_in", "in", "financing", "贷款系统", "贷款发放|放款", "贷款发放", "贷款出账"),
    _kind("other_loan_in", "in", "financing", "网银转账", "贷款发放|流贷放款", "贷款资金", "放款"),
    _kind("private_loan_in", "in", "financing", "网银转账", "借款|往来借款", "借入款", "借款"),
    _kind("nonbank_loan_in", "in", "financing", "网银转账", "借款放款|小额贷款", "贷款放款", "放款"),
    _kind("owner_in", "in", "owner", "手机银行", "往来款|股东投入|转账", "个人转入", "往来"),
    _kind("related_in", "in", "related_party", "网银转账", "往来款|货款", "关联往来", "往来款"),
    _kind("wash_in", "in", "wash", "网银转账", "货款|往来款", "转账收入 货款", "货款"),
    _kind("own_in", "in", "own_transfer", "网银转账", "转账|本公司账户划转|资金归集", "同名划转", "划款"),
    _kind("interest_in", "in", "interest", "系统", "结息|存款利息", "结息", "结息"),
    _kind("subsidy_in", "in", "non_operating", "国库", "财政补贴|稳岗补贴|奖补资金", "财政拨款", "补贴"),
    _kind("export_refund_in", "in", "tax", "国库", "出口退税|退税款", "国库退库 出口退税", "退税"),
    _kind(
        "asset_sale_in", "in", "non_operating", "网银转账", "设备转让款|处置固定资产|车辆转让款", "资产处置款", "转让款"
    ),
    _kind("claim_in", "in", "insurance", "网银转账", "理赔款|保险赔款", "赔付款", "赔款"),
    _kind("wealth_in", "in", "investment", "系统", "理财赎回|理财到期", "理财产品到期兑付", "理财"),
    _kind("deposit_in", "in", "non_operating", "网银转账", "保证金退回|退投标保证金", "退保证金", "退保证金"),
    _kind("household_in", "in", "owner", "手机银行", "工资|转账", "跨行转入", "转账"),
    _kind("bill_in", "in", "operating", "票据", "票据到期托收|承兑汇票到期", "银承到期兑付", "托收"),
    _kind("discount_in", "in", "operating", "票据", "票据贴现|贴现款", "贴现入账", "贴现"),
    _kind("reversal_in", "in", "refund", "系统", "冲正|抹账", "冲账", "冲正"),
)
_OUT = (
    _kind("loan_principal", "out", "financing", "贷款系统", "归还贷款本金|贷款还本", "贷款扣本", "还本", rank=5),
    _kind("loan_interest", "out", "financing", "贷款系统", "归还贷款利息|贷款付息", "贷款扣息", "扣息", rank=4),
    _kind("other_loan_out", "out", "financing", "网银转账", "归还贷款|贷款还款", "还贷款", "还款", rank=6),
    _kind("nonbank_loan_out", "out", "financing", "批扣", "还款|借款还款", "代扣还款", "代扣", rank=7),
    _kind("private_loan_out", "out", "financing", "网银转账", "还借款|归还借款", "还款", "还借款", rank=60),
    _kind("court_out", "out", "non_operating", "司法", "司法扣划|法院扣划", "有权机关扣划", "扣划", rank=1),
    _kind("guarantee_out", "out", "non_operating", "贷款系统", "代偿款|担保代偿", "代偿扣款", "代偿", rank=8),
    _kind("payroll", "out", "payroll", "代发", "工资|代发工资", "批量代发 工资", "代发GZ", rank=10),
    _kind("vat", "out", "tax", "国库", "缴税|实时缴税 增值税", "税款|电子缴税", "税款 TIPS", rank=15),
    _kind("surcharge", "out", "tax", "国库", "缴税 附加税费|缴税", "税款", "税款 TIPS", rank=16),
    _kind("income_tax", "out", "tax", "国库", "缴税 企业所得税|缴税", "税款|所得税", "税款 TIPS", rank=16),
    _kind("social", "out", "social_insurance", "批扣", "社保|社会保险费", "社保费代扣", "社保", rank=18),
    _kind("electricity", "out", "utility", "批扣", "电费|代扣电费", "电费代缴", "电费", rank=12),
    _kind("water", "out", "utility", "批扣", "水费|代扣水费", "水费代缴", "水费", rank=13),
    _kind("gas", "out", "utility", "批扣", "燃气费|天然气费", "燃气代缴", "燃气", rank=13),
    _kind("rent", "out", "rent", "网银转账", "房租|租金|厂房租金", "房屋租金", "租金", rank=20),
    _kind("purchase", "out", "operating", "网银转账", "货款|材料款|采购款", "付货款|支付材料款", "货款", rank=30),
    _kind(
        "expense", "out", "operating", "网银转账", "运费|服务费|报销|广告费|办公费", "费用报销|物流费", "费用", rank=32
    ),
    _kind("refund_out", "out", "refund", "网银转账", "退款|退货款", "退客户款", "退款", rank=31),
    _kind("fee", "out", "fee", "系统", "手续费|账户管理费", "网银服务费|手续费", "手续费", rank=3),
    _kind("premium", "out", "insurance", "批扣", "保险费|保费", "保费代扣", "保费", rank=33),
    _kind("own_out", "out", "own_transfer", "网银转账", "转账|本公司账户划转|资金归集", "同名划转", "划款", rank=2),
    _kind("owner_out", "out", "owner", "手机银行", "备用金|往来款|转账", "转个人", "往来", rank=70),
    _kind("related_out", "out", "related_party", "网银转账", "往来款|货款", "关联往来", "往来款", rank=9),
    _kind("wash_out", "out", "wash", "网银转账", "货款|往来款", "付货款", "货款", rank=9),
    _kind("cash_out", "out", "owner", "柜面", "取现|现金支取|备用金", "ATM取款", "取现", rank=66),
    _kind("wealth_out", "out", "investment", "系统", "理财申购|购买理财", "理财产品认购", "理财", rank=80),
    _kind("equipment", "out", "investment", "网银转账", "设备款|购设备", "固定资产款", "设备款", rank=40),
    _kind("diversion", "out", "investment", "网银转账", "银证转账|购房款|投资款", "证券转出|首付款", "转账", rank=67),
    _kind("deposit_out", "out", "non_operating", "网银转账", "投标保证金|保证金", "缴保证金", "保证金", rank=45),
    _kind("household_out", "out", "owner", "快捷支付", "消费|房贷|信用卡还款", "快捷消费", "消费", rank=75),
    _kind("owner_lends", "out", "owner", "手机银行", "转账|往来款", "转账汇款", "转账", rank=2),
    _kind("duplicate_out", "out", "refund", "系统", "货款", "付货款", "货款", rank=90),
    _kind("bill_out", "out", "operating", "票据", "承兑汇票兑付|银承到期扣款", "银承到期兑付", "承兑扣款", rank=5),
)
KINDS: tuple[Kind, ...] = (*_IN, *_OUT)
KIND: dict[str, int] = {kind.name: number for number, kind in enumerate(KINDS)}
SERIES = ("vat", "surcharge", "income_tax", "social", "electricity", "water", "gas")
MISLEADING = ("转账", "往来款", "其他", "网上支付", "跨行汇款", "货款")
