"""``score``: decide on one firm or on all, as text, JSON, a page or a table."""

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from serving.cli.common import AsOf, Staff, StoreFolder, open_store, refuse_name, staff_name, watched
from serving.cli.words import wrong

if TYPE_CHECKING:
    from pipelines.score import Query, Scored
    from pipelines.store import Store

Firm = Annotated[str | None, typer.Option("--enterprise", metavar="ID", help="企业编号 the firm to score")]
Everyone = Annotated[bool, typer.Option("--all", help="全部企业 every firm of the store that has consented")]
AsJson = Annotated[
    bool, typer.Option("--json", help="以 JSON 输出 JSON on standard output; with --all one line a firm")
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="FILE", help="输出文件 FILE.html: the page (with --all a list and a page a firm); FILE.csv"
    ),
]
Stressed = Annotated[
    bool, typer.Option("--stress", help="压力测试 what the answer would be in each scenario of conf/stress.yaml")
]
ByCard = Annotated[
    bool,
    typer.Option(
        "--manual-card", help="人工评分卡 points of conf/manual_card.yaml; no model is asked, a person decides"
    ),
]


def score(
    as_of: AsOf,
    enterprise: Firm = None,
    everyone: Everyone = False,
    as_json: AsJson = False,
    out: Out = None,
    stressed: Stressed = False,
    by_card: ByCard = False,
    store: StoreFolder = None,
    staff: Staff = None,
) -> None:
    """评分与额度 Decide on a firm: admit? how much, how long, at what price, and why.

    须有该企业的有效授权，查询与决策均记入记录。
    Needs a live consent of the firm. The query and the decision are recorded.
    """
    if (enterprise is None) is not everyone:
        raise wrong("--enterprise 与 --all 须给出且只给出一个", "give either --enterprise ID or --all")
    refuse_name(out, ".html", ".csv")
    if stressed and (everyone or as_json):
        raise wrong(
            "--stress 须与 --enterprise 同用，以文字或 --out 的网页输出",
            "--stress goes with --enterprise, as text or on the page of --out FILE.html",
        )
    if stressed and by_card:
        raise wrong(
            "--stress 使用模型，--manual-card 不使用模型，两者不能同用",
            "--stress asks the model, which --manual-card does without",
        )
    from pipelines.score import Query

    opened = open_store(store)
    query = Query(as_of=as_of, staff=staff_name(staff), by_card=by_card)
    scored = _scored(opened, enterprise, query)
    _say(scored, as_json)
    rows = _stress(opened, scored, query) if stressed else []
    if out is not None:
        from pipelines.report.files import write

        written = write(
            out, opened, scored, many=everyone, watch=lambda answers: watched(answers, "pages"), stress=rows
        )
        print(f"sme-credit: {written}", file=sys.stderr)


def _stress(store: "Store", scored: "Scored", query: "Query") -> list[dict[str, Any]]:
    from pipelines.report.text import stress_text
    from pipelines.score import stress_recorded

    rows = stress_recorded(store, scored.answers[0], query)
    print(stress_text(rows))
    return rows


def _scored(store: "Store", enterprise: str | None, query: "Query") -> "Scored":
    from pipelines.record import Record
    from pipelines.score import Scored, enterprises, score_many, score_one

    if enterprise is not None:
        return Scored(answers=[score_one(store, enterprise, query)], refused={})
    with Record() as record:
        return score_many(store, enterprises(store, query.as_of), query, record)


def _say(scored: "Scored", as_json: bool) -> None:
    """Answers on standard output; numbers of decisions and refusals on standard error."""
    from pipelines.report.text import decision_text

    if not scored.answers and not scored.refused:
        print("没有企业 no firm is known before the date", file=sys.stderr)
    for answer in scored.answers:
        print(answer.decision.model_dump_json() if as_json else decision_text(answer.decision.model_dump(mode="json")))
        print(f"decision {answer.decision.enterprise_id} {answer.decision_id}", file=sys.stderr)
    for error in scored.refused.values():
        print(f"不予评分 refused: {error}", file=sys.stderr)
    _mind_policy({answer.decision.policy for answer in scored.answers})


def _mind_policy(used: set[str]) -> None:
    """Say so where ``conf/`` has another policy than the model was promoted with: it does not count yet."""
    from features.errors import PolicyError
    from pipelines.policy import POLICY
    from pipelines.settings import conf

    with suppress(PolicyError):  # a file that cannot be used is not used
        standing = str(conf(POLICY).get("version"))
        for version in sorted(used - {standing}):
            print(
                f"注意：决策依据随模型上线的政策 {version}；conf/{POLICY} 为 {standing}，重新训练、验证并上线后才生效\n"
                f"mind: decided by policy {version}, with which the model was promoted; conf/{POLICY} is {standing}, "
                "which counts once a version trained with it is promoted",
                file=sys.stderr,
            )
