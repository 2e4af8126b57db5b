"""What code.validation says of routes that take input."""

from __future__ import annotations

import pytest

from auditor.model.evidence import ProblemKind, Value
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.code.validation import validation

FAST = (
    "from typing import Annotated, Any\n\nfrom fastapi import Depends, FastAPI, Request\nfrom pydantic import BaseModel\n\n"
    "app = FastAPI()\nUser = Annotated[str, Depends(who)]\n\n\nclass Booking(BaseModel):\n    guests: int\n\n\n"
)
FLASK = "from flask import Flask, request\n\napp = Flask(__name__)\n\n\n"
DJANGO = {
    "manage.py": "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.settings')\nexecute_from_command_line(a)\n",
    "site/__init__.py": "",
    "site/settings.py": "ROOT_URLCONF = 'site.urls'\n",
    "site/urls.py": "from site import views\n",
}


def seen(files: dict[str, str]) -> dict[str, Value]:
    """The facts without the part that all their keys have in common."""
    facts = values(run_probe(validation, repo=files))
    return {key.removeprefix("validation."): value for key, value in facts.items()}


def script(app: str, **files: str) -> dict[str, Value]:
    """The facts of a Node service."""
    package = '{"scripts": {"start": "node index.js"}}'
    return seen(
        {"package.json": package, "index.js": app} | {f"{n}.js": t for n, t in files.items()}
    )


def fast(signature: str, body: str = "    return 1\n") -> dict[str, Value]:
    """The facts of one route of FastAPI."""
    return seen({"app.py": f"{FAST}@app.post('/x')\nasync def route({signature}):\n{body}"})


def verdict(found: dict[str, Value]) -> str:
    """In which lists the only route is."""
    return "".join(name[0] for name in ("schemas", "unvalidated") if found.get(name))


def test_present_a_route_with_a_schema_is_told() -> None:
    assert fast("booking: Booking") == {
        "routes": ["app.py:15 app.post route"],
        "unvalidated": [],
        "schemas": ["app.py:15 app.post route: Booking"],
    }


def test_missing_a_route_without_one_is_told_with_why() -> None:
    assert fast("booking: dict")["unvalidated"] == [
        "app.py:15 app.post route: booking has no schema"
    ]


def test_nothing_to_look_at_is_a_problem() -> None:
    evidence = run_probe(validation, repo={"README.md": "x"})
    assert values(evidence) == {}
    assert problems(evidence) == ["vacuous"]


def test_a_service_without_routes_gives_no_clean_list() -> None:
    evidence = run_probe(validation, repo={"app.py": FAST})
    assert values(evidence) == {}
    assert problems(evidence) == ["vacuous"]


def test_a_malformed_file_gives_no_clean_list() -> None:
    app = f"{FAST}import b\n\n\n@app.post('/x')\nasync def route(booking: Booking):\n    return 1\n"
    evidence = run_probe(validation, repo={"app.py": app, "b.py": "x\x00\n"})
    assert "validation.unvalidated" not in values(evidence)
    assert problems(evidence) == ["malformed"]


def test_a_denied_file_gives_no_clean_list() -> None:
    app = f"{FAST}import b\n\n\n@app.post('/x')\nasync def route(booking: Booking):\n    return 1\n"
    evidence = run_probe(
        validation, repo={"app.py": app, "b.py": Trouble(ProblemKind.DENIED, "no")}
    )
    assert "validation.unvalidated" not in values(evidence)


@pytest.mark.parametrize(
    ("signature", "expected"),
    [
        ("booking: Annotated[Booking, Body()]", "s"),
        ("booking: Booking | None = None", "s"),
        ("page: int = 1", "s"),
        ("booking: dict[str, Any]", "u"),
        ("booking: Any", "u"),
        ("booking: list[dict]", "u"),
        ("booking", "u"),
        ("booking: Annotated[dict, Body()]", "u"),
        ("user: User", ""),
        ("db: Annotated[Session, Depends(get)], user: User", ""),
        ("db=Depends(get)", ""),
        ("request: Request", ""),
    ],
)
def test_types_of_parameters_decide(signature: str, expected: str) -> None:
    assert verdict(fast(signature)) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("    data = await request.json()\n    return save(data)\n", "u"),
        ("    data = await request.json()\n    return Booking.model_validate(data)\n", "s"),
        ("    return Booking(**await request.json())\n", "s"),
        ("    return Row(**await request.json())\n", "u"),
        ("    data = await request.json()  # Booking.model_validate(data)\n    return data\n", "u"),
        ('    """Booking.model_validate(data)"""\n    return await request.json()\n', "u"),
        ("    return request.headers['x']\n", ""),
    ],
)
def test_a_request_that_is_read_must_be_checked(body: str, expected: str) -> None:
    assert verdict(fast("request: Request", body)) == expected


def test_false_green_a_type_of_ours_that_is_a_dictionary_is_no_schema() -> None:
    found = seen(
        {
            "app.py": f"{FAST}Payload = dict[str, Any]\n\n\n@app.post('/x')\ndef route(data: Payload):\n    return 1\n"
        }
    )
    assert verdict(found) == "u"


def test_false_green_routes_in_a_file_that_nobody_imports_do_not_count() -> None:
    other = "from fastapi import APIRouter\n\nr = APIRouter()\n\n\n@r.post('/x')\ndef route(page: int):\n    return 1\n"
    assert seen({"app.py": FAST, "other.py": other}) == {}


def test_routers_of_other_files_and_their_aliases_are_followed() -> None:
    files = {
        "app.py": FAST + "from other import r\n\napp.include_router(r)\n",
        "deps.py": "from typing import Annotated\n\nSession = Annotated[object, Depends(get)]\n",
        "other.py": "from deps import Session\nfrom own import APIRouter\n\nr = APIRouter()\n\n\n@r.get('/x')\ndef one(db: Session):\n    return 1\n\n\n@r.post('/y')\ndef two(db: Session, data: dict):\n    return 1\n",
    }
    assert seen(files)["routes"] == ["other.py:13 r.post two"]


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        ("@app.post('/x')\ndef route():\n    return save(request.get_json())\n", "u"),
        ("@app.post('/x')\ndef route():\n    return save(request.form['a'])\n", "u"),
        ("@app.post('/x')\ndef route():\n    return BookingSchema().load(request.get_json())\n", "s"),
        ("@app.post('/x')\ndef route():\n    return json.loads(request.data)\n", "u"),
        ("@app.get('/x')\ndef route():\n    return page(request.args.get('page', type=int))\n", "s"),
        ("@app.get('/x')\ndef route():\n    return page(request.args.get('page'))\n", "u"),
        ("@app.post('/x')\n@use_kwargs({'a': fields.Int()})\ndef route(a):\n    return a\n", "s"),
        ("@app.get('/x')\ndef route():\n    return 1\n", ""),
        ("def check_it(data):\n    raise ValueError\n\n\n@app.post('/x')\ndef route():\n    return check_it(request.json)\n", "s"),
        ("def check_it(data):\n    pass\n\n\n@app.post('/x')\ndef route():\n    return check_it(request.json)\n", "u"),
    ],
)  # fmt: skip
def test_functions_of_flask_are_judged_by_what_they_read(route: str, expected: str) -> None:
    assert verdict(seen({"app.py": FLASK + route})) == expected


@pytest.mark.parametrize(
    ("views", "expected"),
    [
        ("from django.views import View\n\n\ndef save(request):\n    return keep(request.POST['a'])\n", "u"),
        ("from django.views import View\n\n\ndef save(request):\n    form = F(request.POST)\n    return form.is_valid()\n", "s"),
        ("from django.views import View\n\n\ndef save(request):\n    form = F(request.POST)\n    return form.data\n", "u"),
        ("from rest_framework.views import APIView\n\n\nclass X(APIView):\n    def post(self, request):\n        return keep(request.data)\n", "u"),
        ("from rest_framework.views import APIView\n\n\nclass X(APIView):\n    def post(self, request):\n        s = S(data=request.data)\n        s.is_valid(raise_exception=True)\n", "s"),
        ("from rest_framework.viewsets import ModelViewSet\n\n\nclass X(ModelViewSet):\n    serializer_class = S\n", "s"),
    ],
)  # fmt: skip
def test_views_of_django_must_ask_whether_input_is_valid(views: str, expected: str) -> None:
    assert verdict(seen({**DJANGO, "site/views.py": views})) == expected


EXPRESS = "const express = require('express');\nconst app = express();\n"
STUB = "const validate = (schema) => (req, res, next) => next();\nmodule.exports = { validate };\n"
HONEST = "const validate = (schema) => (req, res, next) => { schema.parse(req.body); next(); };\nmodule.exports = { validate };\n"


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        ("app.post('/x', (req, res) => save(req.body));\n", "u"),
        ("app.get('/x', (req, res) => find(req.query.q));\n", "u"),
        ("app.get('/x/:id', (req, res) => find(req.params.id));\n", ""),
        ("app.post('/x', (req, res) => save(schema.parse(req.body)));\n", "s"),
        ("app.post('/x', (req, res) => save(JSON.parse(req.body)));\n", "u"),
        ("const { celebrate } = require('celebrate');\napp.post('/x', celebrate({ body: b }), (req, res) => save(req.body));\n", "s"),
        ("const { body } = require('express-validator');\napp.post('/x', body('a').isEmail(), (req, res) => save(req.body));\n", "u"),
        ("const { body, validationResult } = require('express-validator');\napp.post('/x', body('a').isEmail(), (req, res) => { if (validationResult(req).isEmpty()) save(req.body); });\n", "s"),
        ("// app.post('/x', (req, res) => save(req.body));\n", ""),
        ("cache.get('/x', (req, res) => save(req.body));\n", ""),
    ],
)  # fmt: skip
def test_routes_of_express_are_judged_by_their_handlers(route: str, expected: str) -> None:
    assert verdict(script(EXPRESS + route)) == expected


def test_false_green_a_middleware_that_checks_nothing_is_none() -> None:
    app = (
        EXPRESS
        + "const { validate } = require('./own');\napp.post('/x', validate(s), (req, res) => save(req.body));\n"
    )
    assert script(app, own=STUB)["unvalidated"] == [
        "index.js:4 POST /x: validate(s) checks nothing"
    ]
    assert script(app, own=HONEST)["schemas"] == ["index.js:4 POST /x: validate(s)"]


def test_handlers_are_found_by_name_and_through_wrappers() -> None:
    app = EXPRESS + "const c = require('./c');\napp.route('/x').post(c.create);\n"
    control = (
        "const create = wrap(async (req, res) => save(req.body));\nmodule.exports = { create };\n"
    )
    assert verdict(script(app, c=control)) == "u"
    evidence = run_probe(
        validation,
        repo={
            "package.json": '{"scripts": {"start": "node index.js"}}',
            "index.js": app,
            "c.js": "module.exports = all();\n",
        },
    )
    assert "validation.unvalidated" not in values(evidence)
    assert "was not found" in evidence.problems[0].message


def test_schemas_of_fastify_and_trpc_count() -> None:
    app = "import Fastify from 'fastify';\nconst app = Fastify();\napp.post('/x', { schema: { body: b } }, async (request) => save(request.body));\napp.post('/y', async (request) => save(request.body));\n"
    found = script(app)
    assert found["schemas"] == ["index.js:3 POST /x: schema"]
    assert found["unvalidated"] == ["index.js:4 POST /y: what is sent is read as it comes"]
    trpc = "import { initTRPC } from '@trpc/server';\nexport const r = publicProcedure.input(z.object({})).mutation(() => 1);\n"
    assert verdict(script(trpc)) == "s"


NEST = (
    "import { Body, Controller, Post } from '@nestjs/common';\nimport { Dto } from './dto';\n\n@Controller('x')\n"
    "export class X {\n  @Post()\n  create(@Body() dto: TYPE) { return this.s.create(dto); }\n}\n"
)
DTO = "import { IsString } from 'class-validator';\n\nexport class Dto {\n  @IsString()\n  name: string;\n}\n"
MAIN = "import { X } from './x';\n\nasync function bootstrap() {\n  const app = await NestFactory.create(X);\n  PIPE\n}\nbootstrap();\n"


@pytest.mark.parametrize(
    ("kind", "dto", "pipe", "expected"),
    [
        ("Dto", DTO, "app.useGlobalPipes(new ValidationPipe({ whitelist: true }));", "s"),
        ("Dto", DTO, "", "u"),
        ("Dto", DTO, "// app.useGlobalPipes(new ValidationPipe());", "u"),
        ("Dto", DTO.replace("@IsString()", ""), "app.useGlobalPipes(new ValidationPipe());", "u"),
        ("any", DTO, "app.useGlobalPipes(new ValidationPipe());", "u"),
        (
            "Dto",
            "export interface Dto { name: string }\n",
            "app.useGlobalPipes(new ValidationPipe());",
            "u",
        ),
    ],
)
def test_nest_needs_a_pipe_and_a_class_that_says_what(
    kind: str, dto: str, pipe: str, expected: str
) -> None:
    files = {
        "package.json": '{"scripts": {"start": "node dist/main.js"}}',
        "src/main.ts": MAIN.replace("PIPE", pipe),
        "src/x.ts": NEST.replace("TYPE", kind),
        "src/dto.ts": dto,
    }
    assert verdict(seen(files)) == expected


def go(body: str, more: str = "") -> dict[str, Value]:
    """The facts of one handler in Go."""
    text = f"package main\n\nfunc main() {{\n\tserve()\n}}\n\nfunc handle(w http.ResponseWriter, r *http.Request) {{\n{body}\n}}\n{more}"
    return seen({"go.mod": "module own\n", "main.go": text})


@pytest.mark.parametrize(
    ("body", "more", "expected"),
    [
        ("var in Input\njson.NewDecoder(r.Body).Decode(&in)\nsave(in)", "", "u"),
        ("var in Input\njson.NewDecoder(r.Body).Decode(&in)\nif err := validate.Struct(in); err != nil { return }", "", "s"),
        ("var in Input\njson.NewDecoder(r.Body).Decode(&in) // validate.Struct(in)", "", "u"),
        ("json.NewDecoder(resp.Body).Decode(&in)", "", ""),
        ("var in Input\nc.ShouldBindJSON(&in)", "type Input struct {\n\tName string `binding:\"required\"`\n}\n", "s"),
        ("var in Input\nc.ShouldBindJSON(&in)", "type Input struct {\n\tName string `json:\"name\"`\n}\n", "u"),
        ("var in Input\nc.Bind(&in)", "type Input struct {\n\tName string `validate:\"required\"`\n}\n", "u"),
        ("decodeInto(r, &in)", "func decodeInto(r *http.Request, v any) {\n\tjson.NewDecoder(r.Body).Decode(v)\n}\n", "u"),
    ],
)  # fmt: skip
def test_handlers_of_go_must_check_what_they_decode(body: str, more: str, expected: str) -> None:
    assert verdict(go(body, more)) == expected


def test_a_framework_that_is_not_read_leaves_the_clean_list_open() -> None:
    app = f"{FAST}import sanic\n\n\n@app.post('/x')\nasync def route(booking: Booking):\n    return 1\n"
    evidence = run_probe(validation, repo={"app.py": app})
    assert "validation.unvalidated" not in values(evidence)
    assert "sanic" in evidence.problems[0].message


SCHEMA = "import { z } from 'zod';\n\nconst schema = z.object({ name: z.string() });\n\n"
READS_ALL = (
    "export async function take(request: Request, schema?: any) {\n"
    "  let body = await own(request);\n"
    "  let error;\n"
    "  if (schema) {\n    const found = schema.safeParse(body);\n"
    "    if (!found.success) { error = () => refuse(found.error); } else { body = found.data; }\n  }\n"
    "  return { body, error };\n}\n\n"
    "export async function own(request: Request) {\n  return await request.clone().json();\n}\n"
)


def following(route: str, **files: str) -> dict[str, Value]:
    """The facts of a service with one route handler of Next.js, and files of its own beside it."""
    imports = "require('./app/api/x/route');\n"
    package = '{"scripts": {"start": "node index.js"}}'
    head = "import { take } from '../../../take';\n" if "take" in files else ""
    return seen(
        {"package.json": package, "index.js": imports, "app/api/x/route.ts": head + route}
        | {f"{name}.ts": text for name, text in files.items()}
    )


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        (SCHEMA + "export async function POST(req: Request) {\n  return go(schema.parse(await req.json()));\n}\n", "s"),
        (SCHEMA + "export const POST = withUser(async (req) => go(schema.parse(await req.json())));\n", "s"),
        (SCHEMA + "async function handler(req: Request) {\n  const body = await req.json();\n  return go(schema.parse(body));\n}\n"
         "export { handler as POST };\n", "s"),
        ("export async function POST(req: Request) {\n  const { name } = await req.json();\n  return go(name);\n}\n", "u"),
        ("export async function POST(req: Request) {\n  const form = await req.formData();\n  return go(form);\n}\n", "u"),
        ("export async function GET(req: NextRequest) {\n  return go(req.nextUrl.searchParams.get('q'));\n}\n", "u"),
        ("export async function GET(req: Request) {\n  const { searchParams } = new URL(req.url);\n  return go(searchParams);\n}\n", "u"),
        ("export async function POST(req: Request) {\n  return go(JSON.parse(await req.text()));\n}\n", "u"),
        (SCHEMA + "export async function POST(req: Request) {\n  const body = await req.json();\n  schema.safeParse(body);\n"
         "  return go(body);\n}\n", "u"),
        (SCHEMA + "export async function POST(req: Request) {\n  const body = await req.json();\n  // schema.parse(body);\n"
         "  return go(body);\n}\n", "u"),
        ("export async function GET() {\n  return go();\n}\n", ""),
        ("export async function GET(req: Request) {\n  return go(req.headers.get('accept'));\n}\n", ""),
        ("export async function GET(req: Request) {\n  return go(new URL('/', req.url), new URL(req.url).origin);\n}\n", ""),
        ("async function POST(req: Request) {\n  return go(await req.json());\n}\n", ""),
    ],
)  # fmt: skip
def test_handlers_of_next_are_judged_by_what_they_read(route: str, expected: str) -> None:
    assert verdict(following(route)) == expected


@pytest.mark.parametrize(
    ("given", "used", "expected"),
    [
        ("request, schema", "{ body, error }", "s"),
        ("request, schema", "{ body: sent, error }", "s"),
        ("request", "{ body, error }", "u"),
        ("request, undefined", "{ body, error }", "u"),
        ("request", "{ error }", ""),
    ],
)
def test_false_green_a_helper_of_next_that_is_given_no_schema_checks_nothing(
    given: str, used: str, expected: str
) -> None:
    route = f"{SCHEMA}export async function POST(request: Request) {{\n  const {used} = await take({given});\n  return go();\n}}\n"
    assert verdict(following(route, take=READS_ALL)) == expected


@pytest.mark.parametrize(
    "route",
    [
        f"{SCHEMA}export async function POST(request: Request) {{\n  const {{ body }} = await take(request, schema);\n  return go(body);\n}}\n",
        "import { handlers } from './made';\nexport const { GET, POST } = handlers;\n",
        "export const POST = webhooks({ secret: s });\n",
        "export { POST } from 'elsewhere';\n",
    ],
)
def test_false_green_a_handler_of_next_that_is_not_followed_leaves_the_clean_list_open(
    route: str,
) -> None:
    found = following(route, take=READS_ALL)
    assert "unvalidated" not in found
    assert found["routes"] != []


@pytest.mark.parametrize(
    ("body", "expected"),
    [("return go(schema.parse(await req.json()));", "s"), ("return go(await req.json());", "u")],
)
def test_a_handler_of_next_that_another_file_makes_is_followed(body: str, expected: str) -> None:
    route = "import { own } from '../../../own';\nexport const POST = own;\n"
    own = f"{SCHEMA}export async function own(req: Request) {{\n  {body}\n}}\n"
    found = following(route, own=own)
    assert verdict(found) == expected
    assert str(found["routes"]) == "['app/api/x/route.ts:2 POST']"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("app/actions", "'use server';\nexport async function save(form) { await go(form); }\n"),
        ("pages/api/old", "export default function handler(req, res) { go(req.body); }\n"),
    ],
)
def test_false_green_what_next_answers_besides_leaves_the_clean_list_open(
    path: str, text: str
) -> None:
    files = {
        "package.json": '{"scripts": {"start": "node index.js"}}',
        "index.js": f"require('./app/api/x/route');\nrequire('./{path}');\n",
        "app/api/x/route.ts": SCHEMA + "export async function POST(req: Request) {\n  return go(schema.parse(await req.json()));\n}\n",
        f"{path}.ts": text,
    }  # fmt: skip
    evidence = run_probe(validation, repo=files)
    assert values(evidence)["validation.schemas"] != []
    assert "validation.unvalidated" not in values(evidence)
    assert "Next.js" in evidence.problems[0].message
