"""What each service of a random graph has of it, in the words that splitting and writing share."""

from dataclasses import dataclass, field

from tests.random_graphs.model import Attribute, Key, Path, Type

FEDERATION_1, FEDERATION_2 = "federation 1", "federation 2"
STITCHING, COMPOSITE = "stitching", "composite"
FEDERATION = (FEDERATION_1, FEDERATION_2)
DIALECTS = (FEDERATION_2, FEDERATION_2, FEDERATION_1, STITCHING, COMPOSITE)


@dataclass
class Declared:
    """A field as one service declares it.

    ``provides`` may name a field twice. With a ``label``, a rollout decides who is asked for it: this service
    or the one whose field it overrides, which is then ``labelled``.
    """

    external: bool = False
    computed: bool = False
    contextual: bool = False
    provides: tuple[Path, ...] = ()
    override: str | None = None
    label: str = ""
    overridden: bool = False
    labelled: bool = False
    hidden: bool = False

    @property
    def served(self) -> bool:
        return not self.external and (self.labelled or not self.overridden)


@dataclass
class Part:
    """What one service has of a type. It can be entered by ``keys`` that are not ``closed``.

    It sets ``contexts`` for what is below. An abstract type is declared for those of its members that are
    there.
    """

    fields: dict[str, Declared] = field(default_factory=dict)
    keys: list[Key] = field(default_factory=list)
    closed: list[Key] = field(default_factory=list)
    interface_object: bool = False
    contexts: list[str] = field(default_factory=list)

    @property
    def entrances(self) -> list[Key]:
        return [key for key in self.keys if key not in self.closed]


@dataclass
class Service:
    """One service's part of the graph; ``way`` is the number of a way to write it in its dialect.

    One that ``shouts`` knows the directive for clients.
    """

    name: str
    dialect: str
    way: int
    parts: dict[str, Part] = field(default_factory=dict)
    shouts: bool = False

    @property
    def has_interface_object(self) -> bool:
        return any(part.interface_object for part in self.parts.values())

    def members(self, abstract: Type) -> list[str]:
        """Return what an abstract type may be here."""
        return [name for name in abstract.members if name in self.parts]


def context_name(type_: Type, attribute: Attribute, number: int) -> str:
    """Return what the context of one of a field's arguments is called."""
    return f"{type_.name}{attribute.name}{number}"
