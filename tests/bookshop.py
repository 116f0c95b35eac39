"""A bookshop, split over five subgraphs in two dialects: the graph that the engine's tests run on.

- catalog (federation 2): books and games, an interface, a union, enums, lists of lists, a custom scalar.
- people (stitching): authors, in lists.
- reviews (federation 2): reviews of products, and the route back to people.
- stock (federation 1): needs price and weight of the catalog to tell what shipping costs.
- blurbs (stitching): one book at a time, and a field computed from its title.
"""

from collections.abc import Mapping
from typing import Any

from ariadne import MutationType, ObjectType, QueryType, ScalarType, UnionType, make_executable_schema
from ariadne.contrib.federation import FederatedObjectType, make_federated_schema
from graphql import GraphQLSchema, print_schema

CATALOG = """
extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])

"What the shop sells."
interface Product {
  id: ID!
  title: String!
  price: Int
  weight: Int
}

type Book implements Product @key(fields: "id") {
  id: ID!
  title: String!
  price: Int
  weight: Int
  genre: Genre
  shelves: [[String!]!]!
  published: Date
  authors: [Author!]!
}

type Game implements Product @key(fields: "id") {
  id: ID!
  title: String!
  price: Int
  weight: Int
  players(unit: Unit! = PERSON): Int
}

type Author @key(fields: "id", resolvable: false) { id: ID! }

union Item = Book | Game
enum Genre { CRIME POETRY SCIENCE }
enum Unit { PERSON TEAM }
scalar Date

type Query {
  products(first: Int = 10): [Product!]!
  product(id: ID!): Product
  books(genre: Genre): [Book!]!
  search(title: String!): [Item]
}

type Mutation {
  setPrice(id: ID!, price: Int!): Product
}
"""

PEOPLE = """
type Author @key(selectionSet: "{ id }") {
  id: ID!
  name: String!
  born: Int
}

type Query {
  author(id: ID!): Author
  authorsByIds(ids: [ID!]!): [Author]! @merge(keyField: "id")
}
"""

REVIEWS = """
extend schema
@link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@provides", "@external"])

type Review @key(fields: "id") {
  id: ID!
  body: String
  stars: Int!
  author: Author @provides(fields: "name")
  product: Product!
}

interface Product { id: ID! reviews: [Review!]! }
type Book implements Product @key(fields: "id") { id: ID! reviews: [Review!]! }
type Game implements Product @key(fields: "id") { id: ID! reviews: [Review!]! }
type Author @key(fields: "id") { id: ID! name: String! @external reviews: [Review!]! }

type Query { latestReviews(first: Int = 3): [Review!]! }
type Mutation { review(product: ID!, stars: Int!, body: String): Review }
"""

STOCK = """
extend type Book @key(fields: "id") {
  id: ID! @external
  price: Int @external
  weight: Int @external
  inStock: Boolean
  shipping: Int @requires(fields: "price weight")
}

extend type Game @key(fields: "id") {
  id: ID! @external
  inStock: Boolean
}

extend type Query { warehouse: String! }
"""

BLURBS = """
type Book @key(selectionSet: "{ id }") {
  id: ID!
  blurb(loud: Boolean): String
}

type Query { bookBlurb(id: ID!): Book @merge(keyField: "id") }
"""

SDL = {"catalog": CATALOG, "people": PEOPLE, "reviews": REVIEWS, "stock": STOCK, "blurbs": BLURBS}

Row = dict[str, Any]


def fresh_data() -> dict[str, dict[str, Row]]:
    """Return the shop's data; mutations write into it."""
    books = {
        f"b{n}": {
            "__typename": "Book",
            "id": f"b{n}",
            "title": f"Book {n}",
            "price": None if n == 4 else n * 700,
            "weight": n * 100,
            "genre": ["CRIME", "POETRY", "SCIENCE"][n % 3],
            "shelves": [["A", str(n)], []],
            "published": f"20{n:02}-01-31",
            "authors": [{"id": f"a{n % 3 + 1}"}, {"id": "a1"}],
        }
        for n in range(1, 7)
    }
    games = {
        f"g{n}": {
            "__typename": "Game",
            "id": f"g{n}",
            "title": f"Game {n}",
            "price": 50 * n,
            "weight": 40,
            "players": n,
        }
        for n in range(1, 4)
    }
    authors: dict[str, Row] = {
        "a1": {"id": "a1", "name": "Ada", "born": 1815},
        "a2": {"id": "a2", "name": "Bo", "born": None},
        "a3": {"id": "a3", "name": "Cy", "born": 1950},
    }
    reviews = {
        f"r{n}": {
            "id": f"r{n}",
            "body": None if n % 4 == 0 else f"Review {n}",
            "stars": n % 5 + 1,
            "author": None if n == 5 else {"id": f"a{n % 3 + 1}", "name": authors[f"a{n % 3 + 1}"]["name"]},
            "product": ["b1", "b2", "g1", "b1", "b3"][n % 5],
        }
        for n in range(1, 11)
    }
    return {"products": {**books, **games}, "authors": authors, "reviews": reviews}


def subgraph_schemas(data: dict[str, dict[str, Row]] | None = None) -> Mapping[str, GraphQLSchema]:
    """Return the five services' own executable schemas over the same data."""
    rows = data or fresh_data()
    products, authors, reviews = rows["products"], rows["authors"], rows["reviews"]
    books = {number for number, each in products.items() if each["__typename"] == "Book"}

    def stub(product_id: str) -> Row:
        return {"__typename": products[product_id]["__typename"], "id": product_id}

    def reviews_of(product: Row, *_: Any) -> list[Row]:
        return [review for review in reviews.values() if review["product"] == product["id"]]

    def set_price(_: Any, info: Any, id: str, price: int) -> Row | None:
        if id in products:
            products[id]["price"] = price
        return products.get(id)

    def add_review(_: Any, info: Any, product: str, stars: int, body: str | None = None) -> Row:
        number = f"r{len(reviews) + 1}"
        reviews[number] = {"id": number, "body": body, "stars": stars, "author": None, "product": product}
        return reviews[number]

    catalog_query, catalog_mutation = QueryType(), MutationType()
    catalog_query.set_field("products", lambda *_, first=10: list(products.values())[:first])
    catalog_query.set_field("product", lambda *_, id: products.get(id))
    catalog_query.set_field(
        "books",
        lambda *_, genre=None: [
            each
            for each in products.values()
            if each["__typename"] == "Book" and genre in (None, each["genre"])
        ],
    )
    catalog_query.set_field(
        "search",
        lambda *_, title: [*(each for each in products.values() if title in each["title"]), None],
    )
    catalog_mutation.set_field("setPrice", set_price)
    book, game = FederatedObjectType("Book"), FederatedObjectType("Game")
    for entity in (book, game):
        entity.reference_resolver(lambda _, __, reference: products.get(reference["id"]))
    game.set_field("players", lambda row, _, unit: row["players"] * (1 if unit == "PERSON" else 2))

    people_query = QueryType()
    people_query.set_field("author", lambda *_, id: authors.get(id))
    people_query.set_field("authorsByIds", lambda *_, ids: [authors.get(id_) for id_ in reversed(ids)])

    reviews_query, reviews_mutation = QueryType(), MutationType()
    reviews_query.set_field("latestReviews", lambda *_, first=3: list(reviews.values())[-first:])
    reviews_mutation.set_field("review", add_review)
    review, author = FederatedObjectType("Review"), FederatedObjectType("Author")
    review.set_field("product", lambda row, *_: stub(row["product"]))
    review.reference_resolver(lambda _, __, reference: reviews.get(reference["id"]))
    author.reference_resolver(lambda _, __, reference: {"id": reference["id"]})
    author.set_field(
        "reviews",
        lambda row, *_: [
            review for review in reviews.values() if review["author"] and review["author"]["id"] == row["id"]
        ],
    )
    reviewed = []
    for name in ("Book", "Game"):
        entity = FederatedObjectType(name)
        entity.reference_resolver(lambda _, __, reference: {"id": reference["id"]})
        entity.set_field("reviews", reviews_of)
        reviewed.append(entity)

    stock_query = QueryType()
    stock_query.set_field("warehouse", lambda *_: "North")
    stock_book, stock_game = FederatedObjectType("Book"), FederatedObjectType("Game")
    for entity in (stock_book, stock_game):
        entity.reference_resolver(lambda _, __, reference: dict(reference))
        entity.set_field("inStock", lambda row, *_: int(row["id"][1:]) % 2 == 1)
    stock_book.set_field(
        "shipping", lambda row, *_: None if row["price"] is None else row["price"] // 100 + row["weight"]
    )

    blurbs_query, blurb_book = QueryType(), ObjectType("Book")
    blurbs_query.set_field("bookBlurb", lambda *_, id: {"id": id} if id in books else None)
    blurb_book.set_field("blurb", lambda row, _, loud=False: f"Read {row['id']}{'!' if loud else '.'}")

    def plain(sdl: str) -> str:
        return sdl.replace('@key(selectionSet: "{ id }") ', "").replace(' @merge(keyField: "id")', "")

    return {
        "catalog": make_federated_schema(
            CATALOG,
            catalog_query,
            catalog_mutation,
            book,
            game,
            ScalarType("Date"),
            UnionType("Item", lambda row, *_: row["__typename"]),
        ),
        "people": make_executable_schema(plain(PEOPLE), people_query),
        "reviews": make_federated_schema(REVIEWS, reviews_query, reviews_mutation, review, author, *reviewed),
        "stock": make_federated_schema(
            STOCK.replace("extend type", "type"), stock_query, stock_book, stock_game
        ),
        "blurbs": make_executable_schema(plain(BLURBS), blurbs_query, blurb_book),
    }


def whole_schema(merged: GraphQLSchema, data: dict[str, dict[str, Row]] | None = None) -> GraphQLSchema:
    """Return the merged schema, executable on the data itself: what a gateway should not be told from."""
    rows = data or fresh_data()
    products, authors, reviews = rows["products"], rows["authors"], rows["reviews"]
    books = {number for number, each in products.items() if each["__typename"] == "Book"}

    def reviews_by(key: str) -> Any:
        def resolve(row: Row, *_: Any) -> list[Row]:
            if key == "product":
                return [review for review in reviews.values() if review["product"] == row["id"]]
            return [
                review
                for review in reviews.values()
                if review["author"] and review["author"]["id"] == row["id"]
            ]

        return resolve

    def shipping(row: Row, *_: Any) -> int | None:
        return None if row["price"] is None else row["price"] // 100 + row["weight"]

    query = QueryType()
    query.set_field("products", lambda *_, first=10: list(products.values())[:first])
    query.set_field("product", lambda *_, id: products.get(id))
    query.set_field(
        "books",
        lambda *_, genre=None: [
            each
            for each in products.values()
            if each["__typename"] == "Book" and genre in (None, each["genre"])
        ],
    )
    query.set_field(
        "search", lambda *_, title: [*(each for each in products.values() if title in each["title"]), None]
    )
    query.set_field("author", lambda *_, id: authors.get(id))
    query.set_field("authorsByIds", lambda *_, ids: [authors.get(id_) for id_ in reversed(ids)])
    query.set_field("latestReviews", lambda *_, first=3: list(reviews.values())[-first:])
    query.set_field("warehouse", lambda *_: "North")
    query.set_field("bookBlurb", lambda *_, id: products[id] if id in books else None)
    book, game, author, review = map(ObjectType, ("Book", "Game", "Author", "Review"))
    for entity in (book, game):
        entity.set_field("reviews", reviews_by("product"))
        entity.set_field("inStock", lambda row, *_: int(row["id"][1:]) % 2 == 1)
    book.set_field("shipping", shipping)
    book.set_field("blurb", lambda row, _, loud=False: f"Read {row['id']}{'!' if loud else '.'}")
    book.set_field("authors", lambda row, *_: [authors[each["id"]] for each in row["authors"]])
    game.set_field("players", lambda row, _, unit: row["players"] * (1 if unit == "PERSON" else 2))
    author.set_field("reviews", reviews_by("author"))
    review.set_field("author", lambda row, *_: row["author"] and authors[row["author"]["id"]])
    review.set_field("product", lambda row, *_: products[row["product"]])
    union = UnionType("Item", lambda row, *_: row["__typename"])
    return make_executable_schema(print_schema(merged), query, book, game, author, review, union)
