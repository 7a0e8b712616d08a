"""The scorecard as one SQL query, for a warehouse where nothing of ours is installed."""

from functools import reduce

from sqlglot import exp

from models.scorecard import Characteristic, Scorecard

KEYS = ("enterprise_id", "as_of")


def scorecard_sql(card: Scorecard, dialect: str = "duckdb") -> str:
    """A query that gives the points of every row of the table ``features``; a value that is not known is NULL there.

    Points are added in the order of the card, as ``Scorecard.score`` adds them.

    Parameters
    ----------
    dialect : as sqlglot names it: ``duckdb``, ``sqlite``, ``postgres``, ``spark`` ...

    Examples
    --------
    >>> from models.policy_parts import Scale
    >>> row = Characteristic("income", edges=(10.0,), points=(-5.0, 30.0), missing=0.0)
    >>> print(scorecard_sql(Scorecard(500.0, Scale(points=600, odds=20, double=40), (row,)), "sqlite"))
    SELECT
      "enterprise_id",
      "as_of",
      5.0000000000000000e+02 + CASE
        WHEN "income" IS NULL
        THEN 0.0000000000000000e+00
        WHEN "income" < 1.0000000000000000e+01
        THEN -5.0000000000000000e+00
        ELSE 3.0000000000000000e+01
      END AS "score"
    FROM "features"
    """
    points = reduce(lambda total, row: exp.Add(this=total, expression=_points(row)), card.rows, _number(card.base))
    chosen = [*(exp.column(key, quoted=True) for key in KEYS), exp.alias_(points, "score", quoted=True)]
    return exp.select(*chosen).from_(exp.table_("features", quoted=True)).sql(dialect=dialect, pretty=True)


def _points(row: Characteristic) -> exp.Expression:
    """The bins from below, the last one open; what is missing first."""
    column = exp.column(row.feature, quoted=True)
    case = exp.Case().when(exp.Is(this=column.copy(), expression=exp.Null()), _number(row.missing))
    for edge, points in zip(row.edges, row.points, strict=False):
        case = case.when(exp.LT(this=column.copy(), expression=_number(edge)), _number(points))
    return case.else_(_number(row.points[-1]))


def _number(value: float) -> exp.Expression:
    """All 17 digits, with an exponent: a literal without one would be a decimal in some engines."""
    text = exp.Literal.number(f"{abs(value):.16e}")
    return exp.Neg(this=text) if value < 0 else text
