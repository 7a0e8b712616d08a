"""``compare``: champion against challenger on the same rows."""

from collections.abc import Mapping
from typing import Any

from serving.cli.common import AsJson, Model, StoreFolder, open_store

SETS = {"both": "均准入 both", "dropped": "换出 dropped", "taken_up": "换入 taken up", "neither": "均不准 neither"}


def compare(model: Model, store: StoreFolder = None, as_json: AsJson = False) -> None:
    """比较 Challenger against champion on rows that neither learned from: AUC, swap set, expected profit."""
    import json

    from pipelines.compare import compare_versions

    found = compare_versions(open_store(store), model)
    print(json.dumps(found, ensure_ascii=False, indent=1) if as_json else _text(found))


def _text(found: Mapping[str, Any]) -> str:
    from models.checked import Written

    both = [(which, found[which], found[f"{which}_version"]) for which in ("champion", "challenger")]
    told = "，模拟数据 simulated" if found["simulated"] else ""
    lines = [f"{found['model']}: {found['n']:,} rows, {found['bad']:,} bad{told}; {found['rows']}"]
    for which, one, version in both:
        lines.append(
            f"{which} v{version}: AUC {one['auc']:.3f} [{one['low']:.3f}, {one['high']:.3f}], Brier {one['brier']:.4f}"
        )
    gap = found["difference"]
    lines.append(
        f"AUC 之差 difference {gap['auc']:+.3f} [{gap['low']:+.3f}, {gap['high']:+.3f}], p {gap['p_value']:.3f}"
    )
    lines.append(f"同等准入量 the safest {Written(found['share']):%} of the rows by each:")
    for line in found["swap"]:
        rate = f"{line['bad'] / line['n']:.1%}" if line["n"] else "—"
        lines.append(f"  {SETS[line['set']]}: {line['n']:,} rows, bad {rate}, {line['amount']:,.0f} 元")
    profit = found["profit"]
    lines.append(
        f"预期利润 expected profit: champion {profit['champion']:,.0f}, challenger {profit['challenger']:,.0f}, "
        f"difference {profit['difference']:+,.0f} [{profit['low']:+,.0f}, {profit['high']:+,.0f}] 元"
    )
    return "\n".join(lines)
