"""Why: the gate or leg that decided, then the features that count most against the firm or for it.

A feature is a reason against the firm only if moving it to the good decile of the training rows strictly lowers
the raw score and worsens nothing in the answer. Score and legs are monotone in each feature, so what holds at the
decile holds on the way to it, but that the term asked for may come to carry as much as the one offered, at a rate of
its own. A feature for the firm must raise the raw score at the bad decile. What the firm chooses to show and is not
known counts as the riskiest and is told as that. What tells of other firms, who gave no consent, is never named.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from models.arrays import Flags, Floats, Places
from models.boosted import contributions
from models.checked import Written
from models.credit_model import CreditModel
from models.decision import Effect, Reason
from models.limit import LEGS, REQUESTED_TERM
from models.outcome import Outcome, outcome
from models.policy_parts import Rule
from models.repayment import TEXTS, TYPES

MOST = 5
MOST_OF_A_FAMILY = 2
MOST_AGAINST_ADMITTED = 2
MOST_GATES = 3
CANDIDATES = 8


def reasons(matrix: Floats, result: Outcome, model: CreditModel) -> list[tuple[Reason, ...]]:
    """At most five reasons for each row, the one that decided first.

    Parameters
    ----------
    matrix : rows of ``model.columns``.
    result : what was decided for them.
    """
    x = model.reference.fill(matrix[:, : len(model.names)])
    added = contributions(model.booster, x)
    missing = np.isnan(matrix[:, : len(model.names)])
    added[missing & [feature.unknown_side == 0 for feature in model.features]] = 0.0
    added[:, [not feature.told for feature in model.features]] = 0.0
    against, favour = _against(matrix, x, added, result, model), _favour(matrix, x, added, result, model)
    return [_row(i, result, model, against[i], favour[i], missing[i]) for i in range(len(matrix))]


def _row(
    i: int, result: Outcome, model: CreditModel, against: Sequence[int], favour: Sequence[int], missing: Flags
) -> tuple[Reason, ...]:
    first = _decided(i, result, model)
    if not result.admitted[i]:
        return (*first, *_texts(_spread(against, model)[: MOST - len(first)], model, "raises_risk", missing))
    risks = _texts(_spread(against, model)[:MOST_AGAINST_ADMITTED], model, "raises_risk", missing)
    strengths = _texts(_spread(favour, model)[: MOST - len(first) - len(risks)], model, "supports", missing)
    return (*first, *risks, *strengths)


def _decided(i: int, result: Outcome, model: CreditModel) -> list[Reason]:
    policy = model.policy
    gates = [rule for k, rule in enumerate(policy.admission) if result.failed[i, k]]
    if gates:
        return [_gate(rule, "admission", "declines") for rule in gates[:MOST_GATES]]
    if result.dear[i]:
        ceiling = f"{Written(policy.price.ceiling):%}"
        zh, en = f"风险成本使年利率高于{ceiling}上限", f"the price passes {ceiling} a year"
        return [Reason(code="price.ceiling", zh=zh, en=en, effect="declines")]
    if result.idle[i]:
        zh, en = (
            "营运周转天数不大于零，按公式无营运资金需求",
            "its trade binds no working capital: no need by the formula",
        )
        return [Reason(code="limit.working_capital", zh=zh, en=en, effect="refers")]
    if not result.bound.appetite[i]:
        return [
            Reason(
                code="limit.none", zh="缺少测算额度的依据", en="nothing known to measure a limit by", effect="refers"
            )
        ]
    leg = _leg(i, result, model)
    if not result.admitted[i]:
        return [leg]
    told = [leg, *([_term(i, result)] if result.offered[i] else [])]
    if not result.bound.whole[i]:
        return [*told, _unmeasured(i, result)]
    asked = [("admission", r) for r in policy.admission] + [("referral", r) for r in policy.referral]
    # the columns of ``refers`` are the admission's rules, then the referral's
    referred = [_gate(rule, kind, "refers") for k, (kind, rule) in enumerate(asked) if result.refers[i, k]]
    return [*told, *referred[:1]]


def _term(i: int, result: Outcome) -> Reason:
    """That another term is offered than was asked for, and how it is repaid."""
    asked, given = result.features[REQUESTED_TERM][i], result.terms.months[i]
    zh, en = TEXTS[TYPES[result.terms.kind[i]]]
    before = ("未申明期限", "none asked for") if np.isnan(asked) else (f"申请{asked:g}个月", f"{asked:g} asked for")
    return Reason(
        code="term.offered",
        zh=f"改为{given:g}个月、{zh}，可承担更多（{before[0]}）",
        en=f"{given:g} months, {en}: more is carried so ({before[1]})",
        effect="limits",
    )


def _unmeasured(i: int, result: Outcome) -> Reason:
    leg = next(leg for j, leg in enumerate(LEGS) if not leg.optional and np.isnan(result.bound.new_money[i, j]))
    zh, en = f"{leg.zh}无法测算，转人工审批", f"the {leg.en} cannot be measured: for a person to decide"
    return Reason(code=f"limit.{leg.name}.unknown", zh=zh, en=en, effect="refers")


def _gate(rule: Rule, kind: str, effect: Effect) -> Reason:
    zh, en = rule.texts()
    return Reason(code=f"{kind}.{rule.name}", zh=zh, en=en, effect=effect)


def _leg(i: int, result: Outcome, model: CreditModel) -> Reason:
    leg = LEGS[result.bound.leg[i]]
    if result.admitted[i]:
        zh, en = f"额度由{leg.zh}决定", f"the limit is set by the {leg.en}"
        return Reason(code=f"limit.{leg.name}", zh=zh, en=en, effect="limits")
    least = model.policy.product.minimum
    zh = f"{leg.zh}可支持的额度低于产品起点{least:,.0f}元"
    en = f"the {leg.en} carries less than the product's minimum of {least:,.0f} yuan"
    return Reason(code=f"limit.{leg.name}", zh=zh, en=en, effect="declines")


def _spread(chosen: Iterable[int], model: CreditModel) -> list[int]:
    """The strongest first, at most two of one family."""
    families: Counter[str] = Counter()
    kept = []
    for j in chosen:
        family = model.features[j].family
        families[family] += 1
        if families[family] <= MOST_OF_A_FAMILY:
            kept.append(j)
    return kept


def _texts(chosen: Iterable[int], model: CreditModel, effect: Effect, missing: Flags) -> list[Reason]:
    found = []
    for j in chosen:
        feature = model.features[j]
        if effect == "supports":
            zh, en = feature.support_zh, feature.support_en
        elif missing[j]:
            zh, en = f"{feature.zh}未知，按最高风险计", f"{feature.en}: not known, counted as the riskiest"
        else:
            zh, en = feature.adverse_zh, feature.adverse_en
        found.append(Reason(code=feature.name, zh=zh, en=en, effect=effect))
    return found


def _against(matrix: Floats, x: Floats, added: Floats, result: Outcome, model: CreditModel) -> list[list[int]]:
    signs = np.array([f.direction for f in model.features])
    good = model.reference.good([int(s) for s in signs])
    better = signs * (x - good) > 0
    picked = _strongest(np.where(better, added, 0.0))
    rows, columns = _pairs(picked)
    moved = outcome(_moved(matrix, rows, columns, good), model)
    return _keep(rows, columns, (moved.raw < result.raw[rows]) & no_worse(moved, result, rows), len(matrix))


def _favour(matrix: Floats, x: Floats, added: Floats, result: Outcome, model: CreditModel) -> list[list[int]]:
    signs = [f.direction for f in model.features]
    bad = model.reference.bad(signs)
    worse = np.array(signs) * (bad - x) > 0
    picked = _strongest(np.where(worse & result.admitted[:, None], -added, 0.0))
    rows, columns = _pairs(picked)
    raw = model.raw(_moved(matrix, rows, columns, bad))
    return _keep(rows, columns, raw > result.raw[rows], len(matrix))


def _strongest(strength: Floats) -> list[Places]:
    """For each row the columns of the largest values above zero, the largest first."""
    order = np.argsort(-strength, axis=1, kind="stable")[:, :CANDIDATES]
    return [columns[strength[i, columns] > 0] for i, columns in enumerate(order)]


def _pairs(picked: list[Places]) -> tuple[Places, Places]:
    rows = np.repeat(np.arange(len(picked)), [len(columns) for columns in picked])
    return rows, np.concatenate([*picked, np.array([], dtype=np.intp)])


def _moved(matrix: Floats, rows: Places, columns: Places, to: Floats) -> Floats:
    """One row a pair, with that one column changed."""
    changed = matrix[rows]
    changed[np.arange(len(rows)), columns] = to[columns]
    return changed


def _keep(rows: Places, columns: Places, good: Flags, n: int) -> list[list[int]]:
    kept: list[list[int]] = [[] for _ in range(n)]
    for row, column in zip(rows[good], columns[good], strict=True):
        kept[row].append(int(column))
    return kept


def no_worse(moved: Outcome, result: Outcome, rows: Places) -> Flags:
    """Risk, admission, limit, rate and referral are each at least as good for the firm as in ``rows`` before."""
    before = result.admitted[rows]
    price: Flags = ~before | (moved.terms.annual_rate <= result.terms.annual_rate[rows])
    person: Flags = ~before | (moved.referral <= result.referral[rows])
    risk: Flags = (moved.pd <= result.pd[rows]) & (moved.admitted >= before) & (moved.limit >= result.limit[rows])
    return risk & price & person
