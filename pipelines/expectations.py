"""Great Expectations: the suite of each table, validation in chunks, and Data Docs. Nothing else imports it.

Frames carry the row number as their index. A result of format COMPLETE then lists the numbers of all failing rows;
naming them as an index column instead gives the same list forty times more slowly.
"""

import os
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from features.contract import TABLES
from features.errors import CreditError
from pipelines.checks import Check, cross_checks, row_checks
from pipelines.results import EXAMPLES, added, presentable, statistics

if TYPE_CHECKING:
    import pandas as pd

COMPLETE = {"result_format": "COMPLETE", "partial_unexpected_count": EXAMPLES, "return_unexpected_index_query": False}
SITE = "quality"


class Quality:
    """Validation of one ingest: results are added up over chunks, one suite a table."""

    def __init__(self) -> None:
        self._gx = _library()
        self._context = self._gx.get_context(mode="ephemeral")
        self._context.variables.progress_bars = {"globally": False, "metric_calculations": False}
        self._source = self._context.data_sources.add_pandas("load")
        self._assets: dict[str, Any] = {}
        self._totals: dict[str, dict[str, Any]] = {}

    def validate(self, table: str, checks: Sequence[Check], frame: "pd.DataFrame") -> dict[Check, list[int]]:
        """Row numbers that fail each check.

        Raises
        ------
        CreditError
            When a check crashed: then nothing is known about the data.
        """
        suite = self._gx.ExpectationSuite(table, expectations=[self._expectation(check) for check in checks])
        results = self._batch(table, frame).validate(suite, result_format=COMPLETE).results
        totals = self._totals.setdefault(table, {})
        by_label = {check.label: check for check in checks}
        failing = {}
        for result in results:
            check = by_label[result.expectation_config.meta["check"]]
            failing[check] = _failing_rows(table, check, result)
            totals[check.label] = added(totals.get(check.label), presentable(table, check, result))
        return failing

    def summary(self) -> dict[str, dict[str, dict[str, int]]]:
        """Table, check, and how many cells were checked and how many were unexpected; no values."""
        return {
            table: {
                label: {name: int(total.result[name]) for name in ("element_count", "unexpected_count")}
                for label, total in totals.items()
            }
            for table, totals in self._totals.items()
        }

    def write_docs(self, folder: Path) -> None:
        """Write Data Docs of all tables into ``folder``; they open at ``index.html``."""
        for table in self._totals:
            self._context.suites.add(self._suite(table))
            self._keep(table)
        backend = {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)}
        index = {"class_name": "DefaultSiteIndexBuilder"}
        site = {"class_name": "SiteBuilder", "site_index_builder": index, "store_backend": backend}
        self._context.add_data_docs_site(SITE, site)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._context.build_data_docs(site_names=[SITE])

    def _suite(self, table: str) -> Any:
        checks = [*row_checks(TABLES[table]), *cross_checks(TABLES[table])]
        return self._gx.ExpectationSuite(table, expectations=[self._expectation(check) for check in checks])

    def _batch(self, table: str, frame: "pd.DataFrame") -> Any:
        if table not in self._assets:
            asset = self._source.add_dataframe_asset(table)
            self._assets[table] = asset.add_batch_definition_whole_dataframe("rows")
        return self._assets[table].get_batch(batch_parameters={"dataframe": frame})

    def _expectation(self, check: Check) -> Any:
        kinds = self._gx.expectations
        about = {
            "column": check.subject,
            "meta": {"check": check.label},
            "notes": f"{check.label}: {check.zh} {check.en}",
        }
        match check.rule:
            case "filled":
                return kinds.ExpectColumnValuesToNotBeNull(**about)
            case "empty":
                return kinds.ExpectColumnValuesToBeNull(**about)
            case "one_of":
                return kinds.ExpectColumnValuesToBeInSet(**about, value_set=list(check.values))
            case "matches":
                return kinds.ExpectColumnValuesToMatchRegex(**about, regex=check.pattern)
            case "between":
                return kinds.ExpectColumnValuesToBeBetween(**about, min_value=check.least, max_value=check.most)

    def _keep(self, table: str) -> None:
        """Put the added-up result of a table where Data Docs look for it."""
        from great_expectations.core.expectation_validation_result import ExpectationSuiteValidationResult
        from great_expectations.core.run_identifier import RunIdentifier
        from great_expectations.data_context.types.resource_identifiers import (
            ExpectationSuiteIdentifier,
            ValidationResultIdentifier,
        )

        results = list(self._totals[table].values())
        run = RunIdentifier(run_time=datetime.now(UTC), run_name="ingest")
        whole = ExpectationSuiteValidationResult(
            success=all(result.success for result in results),
            results=results,
            suite_name=table,
            statistics=statistics(results),
            meta={
                "run_id": run,
                "great_expectations_version": self._gx.__version__,
                "batch_markers": {},
                "active_batch_definition": {"data_asset_name": table},
            },
        )
        place = ValidationResultIdentifier(
            expectation_suite_identifier=ExpectationSuiteIdentifier(name=table), run_id=run, batch_identifier=table
        )
        self._context.validation_results_store.set(place, whole)


def _library() -> Any:
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import great_expectations as gx
        import great_expectations.expectations
    return gx


def _failing_rows(table: str, check: Check, result: Any) -> list[int]:
    crash = _crash(result.exception_info or {})
    if crash:
        raise CreditError(
            f"{table} 表的校验 {check.label} 运行出错（{crash}），数据是否合格未知，未写入任何数据，请作为缺陷上报",
            f"{table}: the check {check.label} itself crashed ({crash}); nothing is known about the data and "
            "nothing was stored: report this as a defect",
        )
    return [int(row) for row in result.result.get("unexpected_index_list") or []]


def _crash(info: dict[str, Any]) -> str:
    """What made a check crash; Great Expectations nests it one deeper for some checks."""
    nested = [value for value in info.values() if isinstance(value, dict)]
    raised = [one for one in (info, *nested) if one.get("raised_exception")]
    return str(raised[0].get("exception_message")) if raised else ""
