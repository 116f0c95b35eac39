import pytest

from stitcher.composition.changes import Change, Changes, find_changes
from tests.composition.composing import compose_sdls

OLD = """
    type Query { a: Int! b(x: Int = 1): Int c: E }
    enum E { X }
    type Gone { x: Int }
"""
NEW = """
    type Query { a: Int b(x: Int = 2, y: Int): Int c: E new: Int }
    enum E { X Y }
"""


def changes(old: str, new: str) -> Changes:
    return find_changes(compose_sdls(a=old), compose_sdls(a=new))


def told(old: str, new: str) -> list[str]:
    """Return the kind and code of each change."""
    found = changes(old, new)
    return [f"{kind} {change.code}" for kind, group in found.by_kind().items() for change in group]


def test_changes_are_told_apart_and_sorted() -> None:
    found = changes(OLD, NEW)
    assert [change.code for change in found.breaking] == ["FIELD_CHANGED_KIND", "TYPE_REMOVED"]
    assert found.breaking[1] == Change("TYPE_REMOVED", "Gone was removed.")
    assert [change.code for change in found.dangerous] == [
        "ARG_DEFAULT_VALUE_CHANGE",
        "OPTIONAL_ARG_ADDED",
        "VALUE_ADDED_TO_ENUM",
    ]
    assert [change.code for change in found.safe] == ["FIELD_ADDED"]


def test_json_has_every_kind() -> None:
    assert changes(OLD, OLD).to_json() == {"breaking": [], "dangerous": [], "safe": []}
    safe = changes(OLD, NEW).to_json()["safe"]
    assert safe == [{"code": "FIELD_ADDED", "message": "Field Query.new was added."}]


A, A_AND_B = '@requiresScopes(scopes: [["a"]])', '@requiresScopes(scopes: [["a", "b"]])'
INPUT = "type Query {{ a(i: I): Int }} input I {} {{ a: {} b: Int }}"
PAIRS = [
    (
        "type Query { a(n: Int! = 10): Int }",
        "type Query { a(n: Int!): Int }",
        "breaking DEFAULT_OF_REQUIRED_REMOVED",
    ),
    (INPUT.format("", "Int! = 1"), INPUT.format("", "Int!"), "breaking DEFAULT_OF_REQUIRED_REMOVED"),
    (
        "type Query { a(n: Int = 10): Int }",
        "type Query { a(n: Int): Int }",
        "dangerous ARG_DEFAULT_VALUE_CHANGE",
    ),
    (INPUT.format("", "Int"), INPUT.format("@oneOf", "Int"), "breaking INPUT_BECAME_ONE_OF"),
    (INPUT.format("@oneOf", "Int"), INPUT.format("", "Int"), "safe INPUT_CEASED_TO_BE_ONE_OF"),
    ("type Query { a: Int }", "type Query { a: Int @deprecated }", "safe DEPRECATION_ADDED"),
    ("type Query { a: Int @deprecated }", "type Query { a: Int }", "safe DEPRECATION_REMOVED"),
    (
        "type Query { a: Int @deprecated }",
        'type Query { a: Int @deprecated(reason: "x") }',
        "safe DEPRECATION_REASON_CHANGED",
    ),
    ("type Query { a(x: Int): Int }", "type Query { a(x: Int @deprecated): Int }", "safe DEPRECATION_ADDED"),
    (INPUT.format("", "Int"), INPUT.format("", "Int @deprecated"), "safe DEPRECATION_ADDED"),
    (
        "type Query { a: E } enum E { A B }",
        "type Query { a: E } enum E { A @deprecated B }",
        "safe DEPRECATION_ADDED",
    ),
    (
        'type Query { a: D } scalar D @specifiedBy(url: "https://a.example")',
        'type Query { a: D } scalar D @specifiedBy(url: "https://b.example")',
        "dangerous SPECIFIED_BY_CHANGED",
    ),
    (
        "type Query { a: D } scalar D",
        'type Query { a: D } scalar D @specifiedBy(url: "https://b.example")',
        "safe SPECIFIED_BY_ADDED",
    ),
    ("type Query { a: Int }", "type Query { a: Int @authenticated }", "breaking AUTHORIZATION_ADDED"),
    ("type Query { a: Int @authenticated }", "type Query { a: Int }", "dangerous AUTHORIZATION_REMOVED"),
    (f"type Query {{ a: Int {A} }}", f"type Query {{ a: Int {A_AND_B} }}", "breaking AUTHORIZATION_ADDED"),
    (f"type Query {{ a: Int {A_AND_B} }}", f"type Query {{ a: Int {A} }}", "dangerous AUTHORIZATION_REMOVED"),
    (
        "type Query { a: Int }",
        'type Query { a: Int @policy(policies: [["x"]]) }',
        "breaking AUTHORIZATION_ADDED",
    ),
    (
        "type Query { t: T } type T implements I { x: Int } interface I @inaccessible { x: Int }",
        "type Query { t: T } type T implements I { x: Int } "
        "interface I @inaccessible @authenticated { x: Int }",
        "breaking AUTHORIZATION_ADDED",
    ),
    ("type Query { a: Int @public }", "type Query { a: Int }", "breaking PUBLIC_REMOVED"),
    ("type Query { a: Int }", "type Query { a: Int @public }", "dangerous PUBLIC_ADDED"),
    (
        "type Query { a: Int }",
        'type Query { a: Int @rateLimit(limit: "5/minute") }',
        "dangerous RATE_LIMIT_CHANGED",
    ),
    (
        'type Query { a: Int @rateLimit(limit: "9/minute") }',
        'type Query { a: Int @rateLimit(limit: "5/minute") }',
        "dangerous RATE_LIMIT_CHANGED",
    ),
    ("type Query { a: Int }", "type Query { a: Int @cost(weight: 5) }", "dangerous DIRECTIVE_APPLIED"),
    (
        "type Query { a: [Int] @listSize(assumedSize: 5) }",
        "type Query { a: [Int] }",
        "dangerous DIRECTIVE_NO_LONGER_APPLIED",
    ),
    ("type Query { a: Int }", 'type Query { a: Int @tag(name: "x") }', "safe DIRECTIVE_APPLIED"),
]


@pytest.mark.parametrize(("old", "new", "change"), PAIRS)
def test_each_kind_of_change(old: str, new: str, change: str) -> None:
    assert told(old, new) == [change]
    assert told(old, old) == told(new, new) == []


def test_a_mark_on_a_type_is_one_change() -> None:
    sdl = "type Query {{ t: T ts: [T] }} type T {} {{ a: Int b: Int c: Int d: Int e: Int }}"
    (change,) = changes(sdl.format(""), sdl.format("@authenticated")).breaking
    assert "@authenticated is asked for now, of " in change.message
    assert change.message.count(".") >= 6
    assert "and 2 more" in change.message


def test_limits_and_marks_that_say_the_same_are_no_change() -> None:
    old = 'type Query { a: Int @requiresScopes(scopes: [["a"], ["b"]]) @rateLimit(limit: "60/minute") }'
    new = 'type Query { a: Int @requiresScopes(scopes: [["b"], ["a"]]) @rateLimit(limit: "60 per minute") }'
    assert told(old, new) == []
