"""The bar of a long job."""

from rich.console import Console
from rich.progress import Progress, ProgressColumn


def shown(*columns: ProgressColumn) -> Progress:
    """A bar on standard error where a person looks on; it goes when the job is done."""
    console = Console(stderr=True)
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
