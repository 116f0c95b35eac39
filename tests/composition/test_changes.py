from graphql import build_schema

from stitcher.composition.changes import Change, find_changes

OLD = build_schema("""
    type Query { a: Int! b(x: Int = 1): Int c: E }
    enum E { X }
    type Gone { x: Int }
""")
NEW = build_schema("""
    type Query { a: Int b(x: Int = 2, y: Int): Int c: E new: Int }
    enum E { X Y }
""")


def test_changes_are_told_apart_and_sorted():
    changes = find_changes(OLD, NEW)
    assert [change.code for change in changes.breaking] == ["FIELD_CHANGED_KIND", "TYPE_REMOVED"]
    assert changes.breaking[1] == Change("TYPE_REMOVED", "Gone was removed.")
    assert [change.code for change in changes.dangerous] == [
        "ARG_DEFAULT_VALUE_CHANGE",
        "OPTIONAL_ARG_ADDED",
        "VALUE_ADDED_TO_ENUM",
    ]
    assert [change.code for change in changes.safe] == ["FIELD_ADDED"]


def test_json_has_every_kind():
    assert find_changes(OLD, OLD).to_json() == {"breaking": [], "dangerous": [], "safe": []}
    safe = find_changes(OLD, NEW).to_json()["safe"]
    assert safe == [{"code": "FIELD_ADDED", "message": "Field Query.new was added."}]
