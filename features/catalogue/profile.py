"""Who it is: age, size and the tax authority's grade."""

from features.catalogue.feature import Text
from features.catalogue.grammar import plain

FEATURES = (
    plain("months_observed", "profile", -1, "months", "流水月数", "months of flows known, at most 36", missing=Text("按零计：没有已知流水", "zero: no flow is known")),
    plain("firm_age_months", "profile", -1, "months", "经营月数", "months since registration"),
    plain("sole_proprietor", "profile", 0, "0 or 1", "个体工商户", "sole proprietor"),
    plain("employees", "profile", 0, "persons", "从业人数", "people employed"),
    plain("foreign_accounts", "profile", 0, "accounts", "外币账户数（未计入）", "accounts in another currency, not counted", missing=Text("按零计：没有已知的此类账户", "zero: no such account is known")),
    plain("tax_grade", "profile", 1, "A=1 ... D=5", "纳税信用等级（A=1至D=5）", "tax credit grade, A=1 to D=5"),
    plain("industry_section", "profile", 0, "A=1 ... T=20", "行业门类（A=1至T=20）", "section of the industry, A=1 to T=20", source=Text("《国民经济行业分类》（GB/T 4754）", "GB/T 4754")),
    plain("size_class", "profile", 0, "micro=1 ... large=4", "企业规模（微型=1至大型=4）", "size class, micro=1 to large=4", source=Text("《统计上大中小微型企业划分办法（2017）》", "statistical standard of 2017")),
)  # fmt: skip
