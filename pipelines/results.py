"""Validation results over chunks added up to one, without row lists and personal values."""

from collections.abc import Iterable
from typing import Any

from features.contract import TABLES
from pipelines.checks import Check

EXAMPLES = 10


def presentable(table: str, check: Check, result: Any) -> Any:
    """``result`` without the lists of all rows, and without personal values."""
    for name in ("unexpected_list", "unexpected_index_list", "partial_unexpected_counts"):
        result.result.pop(name, None)
    if check.column and TABLES[table].column(check.column).privacy == "personal":
        examples = result.result.get("partial_unexpected_list", [])
        result.result["partial_unexpected_list"] = ["(personal)"] * len(examples)
    return result


def added(total: Any, result: Any) -> Any:
    """Results of one check over two chunks as one."""
    if total is None:
        return result
    old, new = total.result, result.result
    for name in ("element_count", "unexpected_count", "missing_count"):
        if name in old:
            old[name] += new[name]
    for name in ("partial_unexpected_list", "partial_unexpected_index_list"):
        old[name] = [*(old.get(name) or []), *(new.get(name) or [])][:EXAMPLES]
    _shares(old)
    total.success = total.success and result.success
    return total


def _shares(counts: dict[str, Any]) -> None:
    filled = counts["element_count"] - counts.get("missing_count", 0)
    share = 100 * counts["unexpected_count"]
    counts["unexpected_percent"] = counts["unexpected_percent_nonmissing"] = share / max(filled, 1)
    counts["unexpected_percent_total"] = share / max(counts["element_count"], 1)


def statistics(results: Iterable[Any]) -> dict[str, float]:
    """Counts of checks that held and did not."""
    passed = [bool(result.success) for result in results]
    return {
        "evaluated_expectations": len(passed),
        "successful_expectations": sum(passed),
        "unsuccessful_expectations": len(passed) - sum(passed),
        "success_percent": 100 * sum(passed) / max(len(passed), 1),
    }
