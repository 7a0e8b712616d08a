"""The one-page answer for the loan officer, and the list of many answers: Jinja2 templates, complete in themselves."""

from base64 import b64encode
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from models.repayment import TEXTS
from pipelines.report.charts import Bar, Kind, cash_chart, fitted, is_cut, leg_lengths
from pipelines.report.words import EFFECTS, NONE, answer, cents, grouped, moment, percent, risk, wan, yuan
from pipelines.report.workings import LEG, appetite_words, price_parts, workings

if TYPE_CHECKING:
    import pandas as pd

Decision = Mapping[str, Any]
FAR_CAPS = ("single_firm_cap", "group_cap")  # drawn only where they bind: they are a hundred times a small firm's loan


@dataclass(frozen=True, kw_only=True)
class Foot:
    """What an auditor needs to find the decision again."""

    decision_id: str = ""
    enterprise_name: str = ""
    consent_id: str = ""
    staff: str = ""
    recorded_at: str = ""

    def rows(self, decision: Decision) -> list[tuple[str, str, str]]:
        """The lines at the foot: Chinese name, English name, value."""
        rows = [
            ("企业", "firm", f"{self.enterprise_name} {decision['enterprise_id']}".strip()),
            ("截至日", "as of", str(decision["as_of"])),
            ("决策编号", "decision", self.decision_id),
            ("模型", "model", f"{decision['model']} v{decision['version']}"),
            ("政策版本", "policy", str(decision["policy"])),
            ("授权编号", "consent", self.consent_id),
            ("经办", "staff", self.staff),
            ("记录时间", "recorded", moment(self.recorded_at)),
        ]
        return [(zh, en, value or NONE) for zh, en, value in rows]


def decision_page(
    decision: Decision, history: "pd.DataFrame", foot: Foot | None = None, stress: Sequence[Mapping[str, Any]] = ()
) -> str:
    """The page of one decision, as HTML.

    Parameters
    ----------
    decision : mapping
        The decision in its published JSON shape.
    history : DataFrame
        ``month, inflow_operating, outflow_operating, income``, oldest month first.
    foot : Foot, optional
        What the record knows about the decision.
    stress : sequence of mappings, optional
        Answers had the firm's lines been other ones, as ``pipelines.stress`` gives them.
    """
    foot = foot or Foot()
    bars = leg_bars(decision)
    return template("decision.html").render(
        decision=decision,
        answer=answer(decision),
        term=decision["term_months"] or NONE,
        score=NONE if decision["score"] is None else f"{decision['score']:.0f}",
        bars=leg_lengths(bars),
        cut=is_cut(bars),
        cash_svg=fitted(cash_chart, history) if len(history) else "",
        empty_legs=[leg_label(leg["name"]) for leg in decision["legs"] if leg["value"] is None],
        computed=next((leg["source"] for leg in decision["legs"] if leg["name"] == decision["binding_leg"]), ""),
        effects=EFFECTS,
        reasons=grouped(decision["reasons"]),
        repayment=TEXTS.get(decision.get("repayment") or ""),
        improvements=decision.get("counterfactuals", ()),
        workings=workings(decision),
        appetite=appetite_words(decision),
        price=decision.get("price"),
        price_parts=price_parts(decision),
        stress=[{**row, "answer": answer(row)} for row in stress],
        foot=foot,
        foot_rows=foot.rows(decision),
    )


def list_page(
    decisions: Sequence[Decision],
    links: Mapping[str, str],
    refused: Mapping[str, str],
    names: Mapping[str, str] | None = None,
) -> str:
    """Many answers on one page.

    Parameters
    ----------
    decisions : sequence of mappings
        Decisions in their published shape.
    links : mapping
        Enterprise to the relative address of its own page; may be empty.
    refused : mapping
        Firms whose data were not read, and why.
    names : mapping, optional
        Registered names by enterprise.
    """
    rows = [(decision, answer(decision)) for decision in decisions]
    counts = Counter(said["tone"] for _, said in rows)
    return template("list.html").render(rows=rows, links=links, refused=refused, counts=counts, names=names or {})


def leg_bars(decision: Decision) -> list[Bar]:
    """The legs that apply, as the chart draws them."""
    return [
        Bar(label=leg_label(leg["name"]), value=float(leg["value"]), kind=_kind(leg["name"], decision["binding_leg"]))
        for leg in decision["legs"]
        if leg["value"] is not None and (leg["name"] not in FAR_CAPS or leg["name"] == decision["binding_leg"])
    ]


def leg_label(name: str) -> str:
    """The leg's name in both languages; a leg of an older model that is gone keeps its code."""
    return f"{LEG[name].zh} {LEG[name].en}" if name in LEG else name


def _kind(name: str, binding: str) -> Kind:
    if name == binding:
        return "binding"
    return "cap" if name in LEG and not LEG[name].appetite else "appetite"


def script(name: str) -> dict[str, str]:
    """What a template needs to hold a script of this folder: its text, and the hash by which the page allows it."""
    text = (files("pipelines.report") / name).read_text(encoding="utf-8")
    return {"script": text, "script_hash": b64encode(sha256(text.encode()).digest()).decode()}


@cache
def template(name: str) -> Template:
    """A template of this folder, with the filters that pages use."""
    environment = Environment(
        loader=PackageLoader("pipelines.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(wan=wan, yuan=yuan, percent=percent, cents=cents, moment=moment, risk=risk)
    environment.globals["style"] = (files("pipelines.report") / "style.css").read_text(encoding="utf-8")
    return environment.get_template(name)
