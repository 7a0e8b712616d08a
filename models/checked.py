"""What analysts edit in ``conf/``, checked key by key."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from features.errors import PolicyError


class Part(BaseModel):
    """A part of a settings file, or the whole of it: frozen, and no key but those that are named."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @classmethod
    def parse(cls, content: Mapping[str, Any], where: str) -> Self:
        """Check a mapping.

        Parameters
        ----------
        content : what the YAML holds.
        where : name of the file for messages.

        Raises
        ------
        PolicyError
            Naming the file, the path of every wrong key, what was expected and what was found.
        """
        try:
            return cls.model_validate(dict(content))
        except ValidationError as error:
            faults = "; ".join(_fault(dict(each)) for each in error.errors())
            version = " and raise its version" if "version" in cls.model_fields else ""
            raise PolicyError(f"{where}: {faults}; mend the file{version}") from error


def _fault(error: Mapping[str, Any]) -> str:
    key = ".".join(str(part) for part in error["loc"]) or "the whole"
    expected = str(error["msg"]).removeprefix("Value error, ")
    found = "" if error["type"] in ("missing", "value_error") else f", found {error['input']!r}"
    return f"key {key}: expected {expected[:1].lower()}{expected[1:]}{found}"
