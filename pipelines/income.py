"""The waterfall of one firm as of a date, from a store."""

from datetime import date
from decimal import Decimal

import pandas as pd

from features.engine import connect, register
from features.errors import WindowError
from features.evidence.income import STEPS, waterfall
from pipelines.features import questions
from pipelines.panel import panel
from pipelines.store import Store

TEXTS = {
    "gross_inflow": ("总流入", "gross inflow"),
    "own_transfer": ("减：同名账户互转", "less own transfers"),
    "financing": ("减：融资流入", "less borrowed money"),
    "related_party": ("减：关联方往来", "less related parties"),
    "wash": ("减：循环与快进快出", "less circular flows"),
    "refund": ("减：收到的退款", "less refunds received"),
    "investment": ("减：投资理财", "less investments"),
    "non_operating": ("减：非经营性流入", "less non-operating"),
    "tax": ("减：退税", "less tax refunds"),
    "social_insurance": ("减：社保退回", "less social insurance"),
    "utility": ("减：水电气退费", "less utilities"),
    "payroll": ("减：工资退回", "less payroll"),
    "rent": ("减：租金退回", "less rent"),
    "interest": ("减：存款利息", "less interest"),
    "fee": ("减：费用退回", "less fees"),
    "insurance": ("减：保险", "less insurance"),
    "owner": ("减：业主投入", "less owner's money"),
    "unknown": ("减：性质不明", "less unknown"),
    "cash_haircut": ("减：现金折扣", "less haircut on cash"),
    "refunds_paid": ("减：付出的退款", "less refunds paid"),
    "income": ("真实经营收入", "true operating income"),
}


def income(store: Store, enterprise_id: str, as_of: date, window: int = 12) -> dict[str, Decimal]:
    """Yuan by step of ``STEPS`` over the ``window`` whole months before ``as_of``.

    Raises
    ------
    WindowError
        When no flow of the firm is known in these months.
    """
    backend = connect()
    asked = questions(pd.DataFrame({"enterprise_id": [enterprise_id], "as_of": [as_of]}))
    flow = panel(store, backend)["flow"]
    rows = waterfall(flow, register(backend, "population", asked), window).to_pyarrow().to_pylist()
    if not rows:
        raise WindowError(
            f"firm {enterprise_id}: no flow is known in the {window} months before {as_of}; expected account lines, "
            "platform statistics or invoices: ingest them, or ask for a later date"
        )
    return {step: rows[0][step] for step in STEPS}
