"""What the scan of a Python file says of exceptions, functions and state."""

from __future__ import annotations

import msgspec
import pytest

from auditor.code.python import scan_python
from auditor.code.scan import FileScan
from auditor.code.scanning import scan_file
from auditor.formats.text.typed_json import decoder


def scan(text: str) -> FileScan:
    """The scan of a text, as it comes out of the cache."""
    found = scan_file(text, "a.py", frozenset())
    assert decoder(FileScan).decode(msgspec.json.encode(found)) == found
    return found


@pytest.mark.parametrize(
    ("body", "does"),
    [
        ("pass", "nothing"), ("...", "nothing"), ("continue", "nothing"), ("# why\n        pass", "nothing"),
        ("log.warning('x')", "logs"), ("log.warning('x')\n        raise", "raises"), ("return None", "returns"),
        ("x = 1", "other"), ("if x:\n            raise A\n        return 1", "raises"),
    ],
)  # fmt: skip
def test_what_a_clause_does(body: str, does: str) -> None:
    (one,) = scan(
        f"def f():\n    try:\n        a()\n    except Exception:\n        {body}\n"
    ).catches
    assert (one.types, one.line, one.scope, one.does, one.tried) == (
        ("Exception",), 4, "f", does, "a",
    )  # fmt: skip


def test_caught_types_are_qualified() -> None:
    text = "from lib import Gone\nimport b\ntry:\n    x\n    y\nexcept (Gone, b.Other) as e:\n    z\nexcept:\n    z\n"
    first, second = scan(text).catches
    assert first.types == ("lib.Gone", "b.Other")
    assert first.tried == ""
    assert second.types == ("*",)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("raise HTTPException(500, detail=str(e))", True),
        ("raise HTTPException(500, detail=f'no: {e}') from e", True),
        ("return jsonify({'error': str(e)}), 500", True),
        ("return JSONResponse({'trace': traceback.format_exc()}, 500)", True),
        ("msg = str(e)\n    return jsonify(error=msg), 500", True),
        ("raise HTTPException(500) from e", False),
        ("log.error(str(e))\n    return JSONResponse({'error': 'internal'}, 500)", False),
        ("return JSONResponse({'error': str(e) if debug else ''}, 500)", False),
        ("raise AppError(str(e)) from e", False),
    ],
)
def test_answers_that_carry_what_was_caught(answer: str, told: bool) -> None:
    text = f"try:\n    x()\nexcept Exception as e:\n    {answer}\n"
    assert bool(scan(text).catches[0].tells) is told
    narrow = text.replace("except Exception", "except NotFound")
    assert scan(narrow).catches[0].tells == 0


def test_what_is_raised() -> None:
    text = (
        "from own import Gone\nimport own\n\n\nclass A:\n    def f(self, error):\n        raise Gone('x')\n"
        "        raise own.Lost from error\n        raise\n        raise error\n"
    )
    assert [(r.name, r.scope) for r in scan(text).raises] == [
        ("own.Gone", "A.f"), ("own.Lost", "A.f"), ("", "A.f"), ("", "A.f"),
    ]  # fmt: skip


def test_functions_tell_their_decorators_and_whether_they_do_anything() -> None:
    text = (
        "import web\n\n\n@web.get('/x')\nasync def route(a, b: int = 1, *args, **kw):\n    '''Doc.'''\n    x = 1\n    return x\n\n\n"
        "class A:\n    def stub(self):\n        '''Doc.'''\n\n    def none(self):\n        return None\n"
    )
    route, stub, none = scan(text).functions
    assert (route.name, route.line, route.last, route.decorators, route.statements) == (
        "route", 5, 8, ("web.get",), 2,
    )  # fmt: skip
    assert route.parameters == ("a", "b", "*args", "**kw")
    assert route.asynchronous
    assert not route.stub
    assert (stub.stub, stub.statements, stub.scope) == (True, 0, "A")
    assert (none.stub, none.statements) == (True, 1)


def test_decorators_of_classes_and_names_at_the_top() -> None:
    text = "from own import Store\n\n\n@dataclass(frozen=True)\nclass A(B):\n    x: int\n\n\nstore = Store()\nalias = own\n"
    found = scan(text)
    assert found.classes[0].decorators == ("dataclass(frozen=True)",)
    assert found.bound == {"store": "own.Store()", "alias": "own"}


@pytest.mark.parametrize(
    ("made", "change"),
    [
        ("X = {}", "X[k] = 1"), ("X = []", "X.append(k)"), ("X = set()", "X.add(k)"), ("X: dict = {}", "del X[k]"),
        ("X = defaultdict(list)", "X[k].append(1)"), ("X = 0", "global X\n    X += 1"), ("X = dict()", "X.update(k)"),
        ("X = {}", "X[k]['n'] = 1"), ("X = 0", "global X\n    X = X + k"),
    ],
)  # fmt: skip
def test_state_of_a_module(made: str, change: str) -> None:
    (one,) = scan(f"{made}\n\n\ndef f(k):\n    {change}\n").state
    assert (one.name, one.line, one.changes[0].scope) == ("X", 1, "f")
    assert not one.changes[0].memo


@pytest.mark.parametrize(
    "text",
    [
        "X = {}\nX['a'] = 1\n",
        "X = {}\n\n\ndef f():\n    return X['a']\n",
        "X = {}\n\n\ndef f():\n    X = {}\n    X['a'] = 1\n",
        "X = {}\n\n\ndef f(X):\n    X['a'] = 1\n",
        "X = {}\n\n\ndef f():\n    for X in y:\n        X['a'] = 1\n",
        "X = None\n\n\ndef f():\n    global X\n    X = make()\n",
        "X = 0\n\n\ndef f():\n    X = 1\n",
        "X = 0\n\n\ndef f():\n    global X\n    X = now()\n",
        "X = {}\n\n\ndef f():\n    # X['a'] = 1\n    assert X['a'] == 1\n",
        "X = (1, 2)\n\n\ndef f():\n    y.X['a'] = 1\n",
    ],
)
def test_what_is_no_state(text: str) -> None:
    assert scan(text).state == ()


def test_state_of_classes_and_objects() -> None:
    text = (
        "class A:\n    seen = []\n\n    def __init__(self):\n        self.items = {}\n        self.items['a'] = 1\n\n"
        "    def put(self, k):\n        self.items[k] = 1\n        A.seen.append(k)\n"
    )
    found = {(s.name, s.kind): s for s in scan(text).state}
    assert set(found) == {("A.items", "field"), ("A.seen", "list")}
    assert [c.scope for c in found["A.items", "field"].changes] == ["A.put"]


@pytest.mark.parametrize(
    "body",
    [
        "if k not in X:\n        X[k] = make(k)\n    return X[k]",
        "if k in X:\n        return X[k]\n    X[k] = make(k)\n    return X[k]",
        "found = X.get(k)\n    if found:\n        return found\n    X[k] = make(k)",
        "try:\n        return X[k]\n    except KeyError:\n        X[k] = make(k)",
    ],
)
def test_what_is_filled_in_when_it_is_missing(body: str) -> None:
    assert scan(f"X = {{}}\n\n\ndef f(k):\n    {body}\n").state[0].changes[0].memo


def test_a_guard_against_doubles_fills_nothing_in() -> None:
    text = "X = {}\n\n\ndef f(k, v):\n    if k in X:\n        raise Taken\n    X[k] = v\n"
    assert not scan(text).state[0].changes[0].memo


def test_a_call_by_the_name_that_an_import_gave_is_kept() -> None:
    text = "from sqlalchemy import create_engine as _make\n\nengine = _make('x')\n"
    (call,) = scan_python.scan(text, "python", frozenset({"create_engine"})).calls
    assert (call.name, call.target) == ("sqlalchemy.create_engine", "engine")
