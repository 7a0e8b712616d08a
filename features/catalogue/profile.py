"""Who it is: age, size and the tax authority's grade."""

from features.catalogue.grammar import plain

FEATURES = (
    plain("months_observed", "profile", -1, "months", "流水月数", "months of flows known, at most 36", missing="zero: no flow is known"),
    plain("firm_age_months", "profile", -1, "months", "经营月数", "months since registration"),
    plain("sole_proprietor", "profile", 0, "0 or 1", "个体工商户", "sole proprietor"),
    plain("employees", "profile", 0, "persons", "从业人数", "people employed"),
    plain("foreign_accounts", "profile", 0, "accounts", "外币账户数（未计入）", "accounts in another currency, not counted", missing="zero: no such account is known"),
    plain("tax_grade", "profile", 1, "A=1 ... D=5", "纳税信用等级（A=1至D=5）", "tax credit grade, A=1 to D=5"),
)  # fmt: skip
