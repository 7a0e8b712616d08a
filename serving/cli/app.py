"""The command ``sme-credit``: one file a command; heavy libraries are imported where they are used."""

import errno
import os
import re
import sys
from importlib.util import find_spec
from pathlib import Path

import typer

from features.errors import ContractError, CreditError
from pipelines.scripts import keep_scripts
from serving.cli import audit, door
from serving.cli.compare import compare
from serving.cli.demo import demo
from serving.cli.evaluate import evaluate
from serving.cli.features import features
from serving.cli.income import income
from serving.cli.ingest import ingest
from serving.cli.leakage_check import leakage_check
from serving.cli.monitor import monitor
from serving.cli.promote import promote, rollback
from serving.cli.replay import replay
from serving.cli.score import score
from serving.cli.serve import serve
from serving.cli.simulate import simulate
from serving.cli.subsidy import subsidy
from serving.cli.train import train
from serving.cli.usage import usage
from serving.cli.validate import validate
from serving.cli.words import Group, show

app = typer.Typer(
    cls=Group, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None
)
for command in (
    demo,
    simulate,
    ingest,
    income,
    features,
    train,
    evaluate,
    validate,
    compare,
    promote,
    rollback,
    score,
    replay,
    leakage_check,
    monitor,
    usage,
    subsidy,
    serve,
):
    app.command(command.__name__.replace("_", "-"))(command)
app.add_typer(audit.group, name="audit")
door.guard(app)

FAILED, CONTRACT_BROKEN, INTERRUPTED = 1, 3, 130


def main() -> None:
    """Run one command; exit 0 done, 1 failed, 2 usage, 3 data contract broken, 4 alert raised."""
    _one_house()
    keep_scripts()
    try:
        sys.exit(app(standalone_mode=False))
    except typer.TyperException as error:
        sys.exit(show(error))
    except ContractError as error:
        sys.exit(_say(error, CONTRACT_BROKEN))
    except CreditError as error:
        sys.exit(_say(error, FAILED))
    except OSError as error:
        if not (said := _unreachable(error)):
            raise
        sys.exit(_say(said, FAILED))
    except Exception as error:
        if isinstance(error, RuntimeError) and str(error) == "Query interrupted":  # what DuckDB makes of Ctrl-C
            sys.exit(INTERRUPTED)
        if said := _full(error) or _closed(error):
            sys.exit(_say(said, FAILED))
        if not (said := _damaged(error)):
            raise
        sys.exit(_say(said, CONTRACT_BROKEN))


def _unreachable(error: OSError) -> str:
    """Which place cannot be read or written, which Arrow tells in its text alone; empty when it is not about a file."""
    if said := _full(error):
        return said
    if isinstance(error, PermissionError) and error.filename is not None:
        return (
            f"无权读写，数据未必有误，请取得权限（所有者、chmod）或换一处。{error.filename}: this user may not read or "
            f"write it ({error.strerror}): get the right to it and to the folders above it, or name another place"
        )
    if error.filename is not None:
        return f"文件或位置无法读写。{error.filename}: cannot be read or written ({error.strerror}); name another place"
    if isinstance(error, ConnectionError | TimeoutError):
        return ""
    return f"文件或位置无法读写。{error}: cannot be read or written; see who may, and whether another run is at work"


def _full(error: Exception) -> str:
    """That a disk is full, which engines tell in their text alone; empty when the error is about something else.

    >>> _full(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/x/page.html")).split("。")[1]
    "A disk is full ([Errno 28] No space left on device: '/x/page.html'): make room and run it again"
    """
    if os.strerror(errno.ENOSPC) not in str(error):
        return ""
    return f"磁盘已满，请腾出空间后重新运行。A disk is full ({str(error).splitlines()[0]}): make room and run it again"


def _closed(error: Exception) -> str:
    """Which file of a store may not be read, which DuckDB tells as one that is missing; empty when all may."""
    for place in re.findall(r"[\"'](.+?\.parquet)[\"']", str(error)):
        try:
            Path(place).open("rb").close()
        except PermissionError as denied:
            return _unreachable(denied)
        except OSError:
            continue
    return ""


def _damaged(error: Exception) -> str:
    """What to do about a file of a store that DuckDB cannot read; empty when the error is about something else."""
    if type(error).__module__ not in ("duckdb", "_duckdb") or ".parquet" not in str(error):
        return ""
    return (
        f"数据文件缺失或损坏。A file of the store is missing or damaged: {str(error).splitlines()[0]}. Where it stands "
        "under derived/, remove that folder: it is made anew; else restore it, or ingest the sources into a new store"
    )


def _say(error: CreditError | str, code: int) -> int:
    print(f"sme-credit: {error}", file=sys.stderr)
    return code


def _one_house() -> None:
    """Refuse to run when another project's package of the same name comes first on the path."""
    house = Path(__file__).resolve().parents[2]
    for name in ("features", "models", "pipelines", "serving", "simulation"):
        spec = find_spec(name)
        place = Path(next(iter(spec.submodule_search_locations or ["nowhere"]))) if spec else Path("nowhere")
        if place.resolve().parent != house:
            sys.exit(
                f"sme-credit: 程序包 {name} 来自 {place} 而非 {house}，请将其移出 Python 路径。"
                f"Package '{name}' comes from {place}, not from {house}; remove it from the Python path"
            )
