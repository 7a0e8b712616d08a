"""``train``: learn a model from the store and register it as the challenger."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from serving.cli.common import Model, Staff, StoreFolder, open_store, staff_name, stepped

Seed = Annotated[int, typer.Option("--seed", min=0, metavar="S", help="随机种子 the same seed gives the same model")]

Trials = Annotated[
    int,
    typer.Option("--trials", min=0, metavar="N", help="参数搜索次数 settings to try; every one is listed on the run"),
]


def train(model: Model, store: StoreFolder = None, seed: Seed = 0, trials: Trials = 0, staff: Staff = None) -> None:
    """训练 Learn from the rows whose outcome is known, and register the model as challenger.

    训练人随版本保存：验证人与批准人须另有其人。
    Who trains is kept with the version: another person validates it, and another than the trainer approves it.
    """
    opened = open_store(store)
    from pipelines.train import STEPS
    from pipelines.train import train as run

    with stepped(f"train {model}", STEPS) as progress:
        done = run(opened, model, trainer=staff_name(staff), seed=seed, trials=trials, progress=progress)
    figures = f"auc {done.held_out['auc']:.3f}, ks {done.held_out['ks']:.3f}, brier {done.held_out['brier']:.4f}"
    card = f"; 评分卡 scorecard auc {done.scorecard_held_out['auc']:.3f}" if done.scorecard_held_out else ""
    more = f", 另有 {done.open} 行窗口未满 more whose window is open" if done.open else ""
    print(
        f"{done.model} 版本 version {done.version} (候选 challenger): {done.rows} 行 rows, {done.bad} 违约 defaults"
        f"{more}; 留出 held out: {figures}" + card
    )
    if done.tried:
        print(_searched(done.tried, done.run_id))


def _searched(tried: Sequence[Mapping[str, Any]], run: str) -> str:
    """What the search found, and where every configuration stands."""
    first, found = tried[0]["auc"], max(tried, key=lambda one: one["auc"])
    settings = ", ".join(f"{name} {value:.4g}" for name, value in found["settings"].items())
    return (
        f"参数搜索 search: 较晚的行上的 AUC on later rows, {len(tried) - 1} 组 tried {found['auc']:.3f}, 默认 shipped "
        f"{first:.3f}; 采用 taken: {settings}; 全部见运行 all on run {run}, configurations.json"
    )
