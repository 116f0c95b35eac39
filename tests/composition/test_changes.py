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


FEDERATION = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@inaccessible", '
    '"@authenticated", "@requiresScopes", "@policy", "@cost", "@listSize", "@tag"])\n'
)


def changes(old: str, new: str) -> Changes:
    return find_changes(compose_sdls(a=old), compose_sdls(a=new))


def told(old: str, new: str) -> list[str]:
    """Return the kind and code of each change."""
    found = changes(old, new)
    return [f"{kind} {change.code}" for kind, group in found.by_kind().items() for change in group]


def federation(old: str, new: str) -> tuple[str, str]:
    """Return both SDLs as ones of federation 2."""
    return FEDERATION + old, FEDERATION + new


def only(found: Changes) -> tuple[str, str]:
    """Return the level and code, and the message, of the one change that there is."""
    ((level, change),) = [(level, change) for level, some in found.by_kind().items() for change in some]
    return f"{level} {change.code}", change.message


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


# Inputs


ONE_OF = "type Query { a(by: By): Int } input By @oneOf { id: ID name: String }"


def test_an_input_that_becomes_one_of_breaks_and_one_that_ceases_does_not() -> None:
    plain = ONE_OF.replace("@oneOf ", "")
    code, message = only(changes(plain, ONE_OF))
    assert code == "breaking INPUT_BECAME_ONE_OF"
    assert "Input By has become @oneOf: exactly one" in message
    assert only(changes(ONE_OF, plain))[0] == "safe INPUT_CEASED_TO_BE_ONE_OF"
    assert told(ONE_OF, ONE_OF) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("Int! = 10", "Int!", ["breaking DEFAULT_OF_REQUIRED_REMOVED"]),
        ("Int = 10", "Int", ["dangerous ARG_DEFAULT_VALUE_CHANGE"]),
        ("Int! = 10", "Int", ["dangerous ARG_DEFAULT_VALUE_CHANGE", "safe ARG_CHANGED_KIND_SAFE"]),
        ("Int! = 10", "Int = 10", ["safe ARG_CHANGED_KIND_SAFE"]),
        ("Int! = 10", "Int = 11", ["dangerous ARG_DEFAULT_VALUE_CHANGE", "safe ARG_CHANGED_KIND_SAFE"]),
        ("Int!", "Int", ["safe ARG_CHANGED_KIND_SAFE"]),
        ("Int", "Int!", ["breaking ARG_CHANGED_KIND"]),
        ("Int = 10", "Int!", ["breaking ARG_CHANGED_KIND"]),
        ("Int!", "Int! = 10", ["safe ARG_DEFAULT_VALUE_ADDED"]),
        ("Int", "Int = null", ["dangerous ARG_DEFAULT_VALUE_ADDED"]),
        ("Float = 1", "Float = 1.0", []),
        ("Float = 100", "Float = 1e2", []),
        ("[Int] = 1", "[Int] = [1]", []),
        ("[[Int]] = 1", "[[Int]] = [1]", []),
        ("[Int] = []", "[Int] = null", ["dangerous ARG_DEFAULT_VALUE_CHANGE"]),
        ("[Int] = [1, 2]", "[Int] = [2, 1]", ["dangerous ARG_DEFAULT_VALUE_CHANGE"]),
        ("ID = 1", 'ID = "1"', []),
        ('String = "a"', 'String = """a"""', []),
        ("In = {a: 1, b: 2}", "In = {b: 2, a: 1}", []),
        ("In = {}", "In = {b: 3}", []),
        ("In = {}", "In = {b: null}", ["dangerous ARG_DEFAULT_VALUE_CHANGE"]),
        ("Json = {a: 1, b: [2]}", "Json = {b: [2], a: 1}", []),
        ("Json = 1", 'Json = "1"', ["dangerous ARG_DEFAULT_VALUE_CHANGE"]),
        ("Json = 1", "Json = true", ["dangerous ARG_DEFAULT_VALUE_CHANGE"]),
        ("E = X", "E = Y", ["dangerous ARG_DEFAULT_VALUE_CHANGE"]),
    ],
)
def test_defaults_are_compared_by_value(old: str, new: str, expected: list[str]) -> None:
    sdl = """
        type Query { a(x: %s, i: In, j: Json, e: E, f: Float, d: ID): Int }
        input In { a: Int b: Int = 3 } scalar Json enum E { X Y }
    """
    assert told(sdl % old, sdl % new) == expected
    at_input = """
        type Query { a(x: Of, i: In, j: Json, e: E, f: Float, d: ID): Int } input Of { x: %s }
        input In { a: Int b: Int = 3 } scalar Json enum E { X Y }
    """
    names = {"ARG_CHANGED_KIND": "FIELD_CHANGED_KIND", "ARG_DEFAULT": "INPUT_FIELD_DEFAULT"}
    for name, other in names.items():
        expected = [code.replace(name, other) for code in expected]
    assert told(at_input % old, at_input % new) == expected


def test_a_default_that_changes_with_its_type_is_told_once() -> None:
    old = "type Query { a(x: In = {}): Int } input In { b: Int = 3 }"
    found = changes(old, old.replace("3", "4"))
    assert only(found)[0] == "dangerous INPUT_FIELD_DEFAULT_VALUE_CHANGE"


# What introspection shows


@pytest.mark.parametrize(
    "sdl",
    [
        "type Query { a: Int b: Int %s }",
        "type Query { a(x: Int %s): Int }",
        "type Query { a(x: In): Int } input In { x: Int %s y: Int }",
        "type Query { a: E } enum E { X Y %s }",
        "type Query { a: I } interface I { x: Int %s } type T implements I { x: Int }",
    ],
)
def test_deprecations_are_safe_wherever_they_stand(sdl: str) -> None:
    reasoned, other = '@deprecated(reason: "Old.")', '@deprecated(reason: "Older.")'
    code, message = only(changes(sdl % "", sdl % reasoned))
    assert code == "safe DEPRECATION_ADDED"
    assert message.endswith('is deprecated: "Old.".')
    assert only(changes(sdl % reasoned, sdl % ""))[0] == "safe DEPRECATION_REMOVED"
    code, message = only(changes(sdl % reasoned, sdl % other))
    assert code == "safe DEPRECATION_REASON_CHANGED"
    assert '"Old." has become "Older."' in message
    default = '@deprecated(reason: "No longer supported")'
    assert told(sdl % "@deprecated", sdl % default) == []
    assert only(changes(sdl % '@deprecated(reason: "")', sdl % ""))[0] == "safe DEPRECATION_REMOVED"


def test_specified_by_is_dangerous() -> None:
    sdl = "scalar D %s type Query { a: D }"
    first, second = '@specifiedBy(url: "https://a.example")', '@specifiedBy(url: "https://b.example")'
    code, message = only(changes(sdl % first, sdl % second))
    assert code == "dangerous SPECIFIED_BY_CHANGED"
    assert "https://b.example, no longer by https://a.example" in message
    assert only(changes(sdl % "", sdl % first))[0] == "safe SPECIFIED_BY_ADDED"
    assert only(changes(sdl % first, sdl % ""))[0] == "dangerous SPECIFIED_BY_CHANGED"
    assert told(sdl % first, sdl % first) == []


def test_the_description_of_the_schema_is_safe() -> None:
    sdl = '"""%s""" schema { query: Query } type Query { a: Int }'
    assert only(changes(sdl % "One.", sdl % "Two.")) == (
        "safe DESCRIPTION_CHANGED",
        'Description of the schema has changed to "Two.".',
    )


# Authorization


MARKED = "type Query { a: Int b: Int %s }"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "@authenticated", ["breaking AUTHORIZATION_ADDED"]),
        ("", '@requiresScopes(scopes: [["a"]])', ["breaking AUTHORIZATION_ADDED"]),
        ("", '@policy(policies: [["a"]])', ["breaking AUTHORIZATION_ADDED"]),
        ("@authenticated", "", ["dangerous AUTHORIZATION_REMOVED"]),
        ('@requiresScopes(scopes: [["a"], ["b"]])', '@requiresScopes(scopes: [["b"], ["a"]])', []),
        (
            '@requiresScopes(scopes: [["a"]])',
            '@requiresScopes(scopes: [["a"], ["b"]])',
            ["dangerous AUTHORIZATION_REMOVED"],
        ),
        (
            '@requiresScopes(scopes: [["a"], ["b"]])',
            '@requiresScopes(scopes: [["a"]])',
            ["breaking AUTHORIZATION_ADDED"],
        ),
        (
            '@requiresScopes(scopes: [["a"]])',
            '@requiresScopes(scopes: [["a", "b"]])',
            ["breaking AUTHORIZATION_ADDED"],
        ),
        (
            '@requiresScopes(scopes: [["a"]])',
            '@requiresScopes(scopes: [["b"]])',
            ["breaking AUTHORIZATION_ADDED", "dangerous AUTHORIZATION_REMOVED"],
        ),
        ("@authenticated", '@requiresScopes(scopes: [["a"]])', ["breaking AUTHORIZATION_ADDED"]),
        ('@requiresScopes(scopes: [["a"]])', "@authenticated", ["dangerous AUTHORIZATION_REMOVED"]),
        ('@authenticated @requiresScopes(scopes: [["a"]])', '@requiresScopes(scopes: [["a"]])', []),
        (
            '@policy(policies: [["a"]])',
            "@authenticated",
            ["breaking AUTHORIZATION_ADDED", "dangerous AUTHORIZATION_REMOVED"],
        ),
    ],
)
def test_what_asks_for_more_breaks_and_what_asks_for_less_is_dangerous(
    old: str, new: str, expected: list[str]
) -> None:
    assert told(*federation(MARKED % old, MARKED % new)) == expected


@pytest.mark.parametrize(
    ("sdl", "fields"),
    [
        ("type Query { a: T } type T %s { x: Int y: Int }", "Query.a, T.x, T.y"),
        ("type Query { a: D b: Int } scalar D %s", "Query.a"),
        ("type Query { a: T } interface I @inaccessible { x: Int %s } type T implements I { x: Int }", "T.x"),
        (
            "type Query { a: T } interface I %s @inaccessible { x: Int } type T implements I { x: Int }",
            "Query.a, T.x",
        ),
        ("type Query { a: I } interface I { x: Int %s } type T implements I { x: Int y: Int }", "T.x"),
    ],
)
def test_a_mark_is_told_once_for_all_fields_that_it_concerns(sdl: str, fields: str) -> None:
    code, message = only(changes(*federation(sdl % "", sdl % "@authenticated")))
    assert code == "breaking AUTHORIZATION_ADDED"
    assert f" of {fields}: " in message
    assert (
        only(changes(*federation(sdl % "@authenticated", sdl % "")))[0] == "dangerous AUTHORIZATION_REMOVED"
    )


def test_of_many_fields_some_are_named() -> None:
    sdl = "type Query { t: T } type T %s { a: Int b: Int c: Int d: Int e: Int f: Int }"
    message = only(changes(*federation(sdl % "", sdl % "@authenticated")))[1]
    assert message.startswith("@authenticated is asked for now, of Query.t, T.a, T.b, T.c, T.d and 2 more:")


def test_a_mark_that_moves_without_effect_is_no_change() -> None:
    on_type = "type Query { a: Int b: D } scalar D @authenticated"
    on_field = "type Query { a: Int b: D @authenticated } scalar D"
    assert told(*federation(on_type, on_field)) == []


def test_marks_of_what_is_new_are_no_changes() -> None:
    new = "type Query { a: Int b: Int @authenticated }"
    assert told(*federation("type Query { a: Int }", new)) == ["safe FIELD_ADDED"]


def test_public() -> None:
    public, private = MARKED % "@public", MARKED % ""
    code, message = only(changes(public, private))
    assert code == "breaking PUBLIC_REMOVED"
    assert "@public was taken off Query.b:" in message
    assert only(changes(private, public))[0] == "dangerous PUBLIC_ADDED"


# Limits, costs, and other directives


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", '@rateLimit(limit: "5/minute")', ["dangerous RATE_LIMIT_CHANGED"]),
        ('@rateLimit(limit: "5/minute")', "", ["dangerous RATE_LIMIT_CHANGED"]),
        ('@rateLimit(limit: "5/minute")', '@rateLimit(limit: "6/minute")', ["dangerous RATE_LIMIT_CHANGED"]),
        ('@rateLimit(limit: "5/minute")', '@rateLimit(limit: "5 per 60 seconds")', []),
        ('@rateLimit(limit: "1/second;5/minute")', '@rateLimit(limit: "5/minute;1/second")', []),
        ("", "@cost(weight: 5)", ["dangerous DIRECTIVE_APPLIED"]),
        (
            "@cost(weight: 5)",
            "@cost(weight: 6)",
            ["dangerous DIRECTIVE_APPLIED", "dangerous DIRECTIVE_NO_LONGER_APPLIED"],
        ),
        ("@cost(weight: 5)", "", ["dangerous DIRECTIVE_NO_LONGER_APPLIED"]),
        ("", "@listSize(assumedSize: 5)", ["dangerous DIRECTIVE_APPLIED"]),
        (
            "@listSize(assumedSize: 5, requireOneSlicingArgument: true)",
            "@listSize(requireOneSlicingArgument: true, assumedSize: 5)",
            [],
        ),
        ("", '@tag(name: "x")', ["safe DIRECTIVE_APPLIED"]),
        ('@tag(name: "x") @tag(name: "y")', '@tag(name: "y") @tag(name: "x")', []),
        ('@tag(name: "x")', '@tag(name: "x") @tag(name: "y")', ["safe DIRECTIVE_APPLIED"]),
        ('@tag(name: "x")', "", ["safe DIRECTIVE_NO_LONGER_APPLIED"]),
    ],
)
def test_limits_costs_and_other_directives(old: str, new: str, expected: list[str]) -> None:
    sdl = "type Query { a: Int b: [T] %s } type T { x: Int }"
    assert told(*federation(sdl % old, sdl % new)) == expected


def test_a_limit_on_a_hidden_interface_is_told_at_its_types() -> None:
    sdl = "type Query { a: T } interface I @inaccessible { x: Int %s } type T implements I { x: Int }"
    code, message = only(changes(*federation(sdl % "", sdl % '@rateLimit(limit: "5/minute")')))
    assert code == "dangerous RATE_LIMIT_CHANGED"
    assert message == "T.x may be asked for 5 in 60 s now, before without a limit."


def test_other_directives_count_on_every_element() -> None:
    sdl = """
        directive @mark(by: String) on OBJECT | INPUT_FIELD_DEFINITION | ENUM_VALUE
            | ARGUMENT_DEFINITION | UNION
        type Query %(at)s { a(x: In, y: Int %(at)s): U e: E } input In { x: Int %(at)s }
        union U %(at)s = T type T { x: Int } enum E { X %(at)s }
    """
    found = changes(sdl % {"at": ""}, sdl % {"at": '@mark(by: "me")'})
    assert [change.message for change in found.safe] == [
        'E.X now has @mark(by: "me").',
        'In.x now has @mark(by: "me").',
        'Query now has @mark(by: "me").',
        'Query.a(y:) now has @mark(by: "me").',
        'U now has @mark(by: "me").',
    ]


def test_directives_of_the_schema_and_links_to_specs() -> None:
    sdl = "directive @contact(name: String) on SCHEMA schema %s { query: Query } type Query { a: Int }"
    _, message = only(changes(sdl % "", sdl % '@contact(name: "x")'))
    assert message == 'The schema now has @contact(name: "x").'
    plain = "type Query { a: Int }"
    assert told(plain, FEDERATION + plain) == []
