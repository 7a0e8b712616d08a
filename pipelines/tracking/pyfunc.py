"""The model as MLflow sees it: a thin wrapper over the installed package around an artefact of data.

MLflow runs this very file when it loads a model (models from code), so it holds no logic of its own: two versions
in one process differ by their artefacts alone.
"""

from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from models.artefact import load
from models.kinds import KINDS

ARTEFACT = "artefact"


class Pyfunc(PythonModel):
    """Rows of the feature matrix in, scalar columns of the answers out."""

    def load_context(self, context: PythonModelContext) -> None:
        """Read the artefact, checking every byte and the golden rows."""
        self.model = load(Path(context.artifacts[ARTEFACT]))

    def predict(
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """Answer; see ``models.kinds``."""
        return KINDS[self.model.kind].table(model_input, self.model)


set_model(Pyfunc())
