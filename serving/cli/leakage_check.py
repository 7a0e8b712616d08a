"""``leakage-check``: take the future away and change it; no feature may notice."""

import signal
import sys

import typer

from serving.cli.common import ALERT, AsJson, AsOf, StoreFolder, open_store, watched


def leakage_check(as_of: AsOf, as_json: AsJson = False, store: StoreFolder = None) -> None:
    """泄露检查 Delete, then alter what was known on or after a date: every feature must stay the same, bit for bit.

    在数据目录旁的副本上进行，结束后删除，全部查询按现有代码重新生成。无差异以 0 结束，有特征用到未来信息以 4 结束。
    Works on copies beside the store, which are removed at the end, and writes every query anew from the code as it
    runs. Ends with 0 when nothing differs, with 4 when a feature reads the future.
    """
    from features.engine import hold
    from pipelines.leakage import leakage_check as check

    hold({})  # texts that another process kept would speak for another process's code
    opened = open_store(store)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that the copies are removed then too
    checked = check(opened, as_of, watched)
    if as_json:
        import json

        print(json.dumps(checked.json(), ensure_ascii=False))
    else:
        from pipelines.report.text import leakage_text

        print(leakage_text(checked))
    if checked.leaks:
        raise typer.Exit(ALERT)
