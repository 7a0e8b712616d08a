"""Who may do what: ``access.yaml``, the person whom the machine vouches for, and the refusal on the record.

The file is looked for at a fixed place of the machine and then beside the code, and not where the environment says:
who can set a variable is not thereby anybody else.
"""

import os
import pwd
from collections.abc import Iterable, Mapping
from datetime import date
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from features.errors import AccessError, PolicyError
from models.checked import Part
from models.policy_parts import Text
from pipelines.record import TOKEN, Draft, Record, RecordError, Vouched
from pipelines.settings import ROOT, conf_folders, read

FILE, ACTION, BULK_READ = "access.yaml", "access_refused", "bulk_read"
PLACES = (Path("/etc/sme-credit"), ROOT / "conf")
# Every command but `demo`, which invents the persons who train, validate and approve.
ACTS = (
    "simulate",
    "ingest",
    "income",
    "features",
    "train",
    "evaluate",
    "validate",
    "compare",
    "promote",
    "rollback",
    "score",
    "replay",
    "leakage-check",
    "monitor",
    "usage",
    "subsidy",
    "audit verify",
    "audit override",
    "serve",
)
# These read every firm of a store, or as many as a file names, and not one firm under its consent.
BULK = ("features", "train", "validate", "compare", "leakage-check", "subsidy")
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Role(Part):
    """A role's names, and the acts that it may do."""

    zh: Text
    en: Text
    may: tuple[Text, ...]


class Person(Part):
    """A person's roles, and the hash of the token that this person alone shows to the service."""

    roles: Annotated[tuple[Text, ...], Field(min_length=1)]
    token_sha256: Sha256 | None = None


class Access(Part):
    """The whole of ``access.yaml``. Frozen: a change is a new version with its own approver and date."""

    version: Text
    approver: Text
    effective_from: date
    roles: Annotated[dict[Text, Role], Field(min_length=1)]
    people: dict[Text, Person]

    @model_validator(mode="after")
    def _consistent(self) -> "Access":
        if unknown := [act for role in self.roles.values() for act in role.may if act not in ACTS]:
            raise ValueError(
                f"roles 的命令为 {'、'.join(ACTS)} 之一，不是 {unknown[0]}。"
                f"roles: commands among {', '.join(ACTS)}, not {unknown[0]}"
            )
        if lost := [name for person in self.people.values() for name in person.roles if name not in self.roles]:
            raise ValueError(
                f"people 的角色为 {'、'.join(self.roles)} 之一，不是 {lost[0]}。"
                f"people: roles among {', '.join(self.roles)}, not {lost[0]}"
            )
        tokens = [person.token_sha256 for person in self.people.values() if person.token_sha256]
        if len(set(tokens)) < len(tokens):
            raise ValueError(
                "people 的 token_sha256 不重复，因其表明调用者身份。"
                "people: each token_sha256 once, for it tells who a caller is"
            )
        return self

    def role(self, name: str) -> Role:
        """The role of that name; raises ``PolicyError`` when there is none."""
        if name not in self.roles:
            raise PolicyError(
                f"access.yaml 中没有角色“{name}”，应为 {'、'.join(self.roles)} 之一",
                f"role '{name}' is not in access.yaml; expected {', '.join(self.roles)}",
            )
        return self.roles[name]

    @property
    def tokens(self) -> dict[str, Vouched]:
        """Hashes of tokens, and whose they are."""
        return {one.token_sha256: Vouched(name, TOKEN) for name, one in self.people.items() if one.token_sha256}

    def refusal(self, person: str, act: str) -> AccessError | None:
        """Why a person may not do an act; none when they may, and where nobody is named."""
        if not self.people:
            return None
        if person not in self.people:
            return AccessError(
                f"用户 {person} 不在名单中，不能执行 {act}", f"{person} is not among the people who may '{act}'"
            )
        roles = [(name, self.roles[name]) for name in self.people[person].roles]
        if any(act in role.may for _, role in roles):
            return None
        zh, en = "、".join(role.zh for _, role in roles), ", ".join(role.en for _, role in roles)
        able = [name for name, role in self.roles.items() if act in role.may]
        return AccessError(
            f"用户 {person}（{zh}）无权执行 {act}，"
            f"{'须有角色 ' + '、'.join(able) + ' 之一' if able else '登记用户后没有角色可以执行'}",
            f"{person} ({en}) may not '{act}'"
            f"{': expected one of the roles ' + ', '.join(able) if able else ': no role may where people are named'}",
        )


def access() -> Access:
    """The rights that hold on this machine.

    Raises
    ------
    PolicyError
        When the file is not valid.
    AccessError
        When there is one where the environment says, which would be taken for the one that holds.
    """
    for folder in set(conf_folders()) - {ROOT / "conf"}:
        if (folder / FILE).exists():
            raise AccessError(
                f"SME_CREDIT_CONF 人人可设，不能决定权限，请将文件移至 {PLACES[0] / FILE}",
                f"SME_CREDIT_CONF does not say who may do what, since anybody may set it; move the file to "
                f"{PLACES[0] / FILE}",
                folder / FILE,
            )
    path = next((place / FILE for place in PLACES if (place / FILE).exists()), PLACES[-1] / FILE)
    return Access.parse(read(path), str(path))


def user() -> str:
    """The operating system's user of this process, whatever the environment says."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a user without an entry, as in a container
        return f"uid-{os.getuid()}"


def owner(shown: bytes, tokens: Mapping[str, str]) -> str | None:
    """Whose token it is, every hash compared in constant time; none when nobody's."""
    found = sha256(shown).hexdigest()
    whose = [name for known, name in tokens.items() if compare_digest(found, known)]
    return whose[0] if whose else None


def admit(rights: Access, person: str, act: str, names: Iterable[str] = (), role: str | None = None) -> None:
    """Let a person pass, or refuse and put that on the record; where nobody is named everybody passes.

    Parameters
    ----------
    person : whom the machine vouches for.
    names : those under which the person wants to act; each must be their own.
    role : in which the person wants to act, if any; it must be among their roles.

    Raises
    ------
    AccessError
        When the person may not.
    """
    why = rights.refusal(person, act)
    if rights.people and not why:
        others = [name for name in names if name.strip() != person]
        own = rights.people[person].roles
        if others:
            why = AccessError(
                f"用户 {person} 不能以 {others[0]} 的名义操作",
                f"{person} may not act under the name of {others[0]}",
            )
        elif role is not None and role not in own:
            why = AccessError(
                f"用户 {person} 没有角色 {role}，其角色为 {'、'.join(own)}",
                f"{person} does not have the role {role}: expected {' or '.join(own)}",
            )
    if why:
        raise _refused(rights, person, act, why)


def noted(person: str, act: str, options: Mapping[str, object]) -> None:
    """Put on the record, before any of it is read, that a person reads a store in bulk, and with which options."""
    asked = {name: str(value) for name, value in options.items() if value is not None}
    with Record() as record:
        record.append(Draft(staff=person, action=BULK_READ, subject=act, payload={"options": asked}))


def _refused(rights: Access, person: str, act: str, why: AccessError) -> AccessError:
    try:
        with Record() as record:
            record.append(
                Draft(
                    staff=person, action=ACTION, subject=act, payload={"reason": str(why), "settings": rights.version}
                )
            )
    except RecordError as error:
        return AccessError(
            f"{why.zh}。且未能写入记录：{error.zh}", f"{why.en}. This could not be put on the record: {error.en}"
        )
    return why
