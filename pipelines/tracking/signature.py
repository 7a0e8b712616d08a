"""What the pyfunc takes and what it gives."""

from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, Schema, TensorSpec

from models.golden import golden_rows
from models.kinds import KINDS, Model

KEYS = (("enterprise_id", DataType.string), ("as_of", DataType.datetime))
GIVEN = {"b": DataType.boolean, "f": DataType.double}


def signature(model: Model) -> ModelSignature:
    """Rows of the feature matrix in, answers out; what only legs and rules read may be left out."""
    keys: list[ColSpec | TensorSpec] = [ColSpec(kind, name) for name, kind in KEYS]
    asked = [ColSpec(DataType.double, name, required=name in model.names) for name in model.columns]
    answers = KINDS[model.kind].table(golden_rows(model), model).drop(columns=[name for name, _ in KEYS])
    given = [ColSpec(GIVEN.get(kind.kind, DataType.string), str(name)) for name, kind in answers.dtypes.items()]
    return ModelSignature(inputs=Schema([*keys, *asked]), outputs=Schema([*keys, *given]))
