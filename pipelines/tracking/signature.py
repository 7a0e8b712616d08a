"""What the pyfunc takes and what it gives."""

from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, Schema, TensorSpec

from models.credit_model import CreditModel

KEYS = (("enterprise_id", DataType.string), ("as_of", DataType.datetime))
ANSWERS = (
    *((name, DataType.boolean) for name in ("admitted", "referral")),
    *((name, DataType.double) for name in ("pd", "score", "limit", "term_months", "annual_rate")),
    *((name, DataType.string) for name in ("grade", "binding_leg")),
)


def signature(model: CreditModel) -> ModelSignature:
    """Rows of the feature matrix in, decisions out; what only legs and rules read may be left out."""
    keys: list[ColSpec | TensorSpec] = [ColSpec(kind, name) for name, kind in KEYS]
    asked = [ColSpec(DataType.double, name, required=name in model.names) for name in model.columns]
    given = [ColSpec(kind, name) for name, kind in ANSWERS]
    return ModelSignature(inputs=Schema([*keys, *asked]), outputs=Schema([*keys, *given]))
