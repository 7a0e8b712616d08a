"""Measure a simulated world and write the realism page: ``python -m benchmarks.simulation_realism STORE PAGE``.

STORE is a folder that ``sme-credit simulate`` wrote; the page puts each figure beside what is published. It has no
script and asks for nothing: it opens without a network.
"""

import json
import sys
from pathlib import Path

from benchmarks.simulation_charts import Picture, pictures
from benchmarks.simulation_measures import (
    credit_measures,
    firms_of,
    flow_measures,
    model_measures,
    open_store,
    panel,
    sign_measures,
)
from simulation.realism import Measure

STYLE = """
body{font:15px/1.5 system-ui,"Noto Sans CJK SC","Microsoft YaHei",sans-serif;max-width:920px;
 margin:2em auto;padding:0 1em;
 color:#222}
h1{font-size:1.6em;line-height:1.3;margin-bottom:.3em}h2{font-size:1.2em;margin-top:2em;border-bottom:1px solid #ddd}
table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #e4e4e4;padding:.4em .6em;text-align:left;
 vertical-align:top}
th{white-space:nowrap;font-size:.9em;color:#555}.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.out .n{color:#b00;font-weight:bold}small{color:#666}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(420px,1fr));gap:1.6em 1.2em}
figure{margin:0}figure svg{max-width:100%;height:auto}figcaption{font-size:.85em;color:#555}
h3{font-size:1em;margin:0 0 .3em}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1em 1em;background:#f6f6f6;padding:.6em 1em}dt{color:#555}
dd{margin:0;overflow-wrap:anywhere}
"""
WORDS = {
    "enterprises": "企业数 firms",
    "months": "月数 months",
    "seed": "随机种子 seed",
    "variant": "版本 variant",
    "futures": "推演未来数 futures",
    "parameters": "参数指纹 fingerprint",
}


def main(store: Path, page: Path) -> None:
    """Measure, draw, write; print every figure."""
    con = open_store(store)
    income, money = panel(con, "income_seen"), panel(con, "owned")
    measures = [*flow_measures(con), *credit_measures(con), *sign_measures(con, income, money, firms_of(con))]
    measures += model_measures(store)
    for measure in measures:
        print(
            f"{'ok  ' if measure.holds else 'OUT '} {measure.en}: {measure.value:.3f} [{measure.low}, {measure.high}]"
        )
    record = json.loads((store / "truth" / "world.json").read_text(encoding="utf-8"))
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(_html(record, measures, pictures(con, income, money)), encoding="utf-8")


def _html(record: dict[str, object], measures: list[Measure], drawn: list[Picture]) -> str:
    world = "".join(f"<dt>{WORDS[name]}</dt><dd>{value}</dd>" for name, value in record.items())
    rows = "".join(_row(measure) for measure in measures)
    figures = "".join(
        f"<figure><h3>{p.zh} · {p.en}</h3>{p.svg()}<figcaption>{p.note_zh}<br>{p.note_en}</figcaption></figure>"
        for p in drawn
    )
    return (
        "<!doctype html><html lang=zh><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>模拟世界的真实度 Realism</title><style>{STYLE}</style>"
        "<h1>模拟世界的真实度<br>How real the simulated world looks</h1>"
        "<p>全部企业均为模拟。每个数字旁列出公开事实或设计目标；红色表示超出可接受范围。<br>"
        "Every firm is simulated. Each figure stands beside what is published, or what was aimed at; red is out of "
        f"bounds.</p><dl>{world}</dl><h2>指标 · Measures</h2>"
        "<table><tr><th>指标 measure<th class=n>本世界 world<th class=n>范围 bounds<th>公开或目标 published or aimed at"
        f"{rows}</table><h2>图 · Charts</h2><div class=charts>{figures}</div></html>\n"
    )


def _row(measure: Measure) -> str:
    source = "" if measure.published == "-" else f"{measure.published}<br>"
    return (
        f"<tr class={'ok' if measure.holds else 'out'}><td>{measure.zh}<br><small>{measure.en}</small></td>"
        f"<td class=n>{measure.value:.3f}</td><td class=n>{measure.low} – {measure.high}</td>"
        f"<td>{source}<small>{measure.source}</small></td></tr>"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
