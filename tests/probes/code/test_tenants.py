"""What code.tenants says of models with the key of a tenant, and of queries that do not ask for it."""

from __future__ import annotations

import pytest

from auditor.model.evidence import ProblemKind, Value
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.code.tenants import tenants

MODELS = (
    "from sqlalchemy.orm import Mapped, mapped_column\n\n\nclass Reservation(Base):\n"
    "    id: Mapped[int] = mapped_column()\n    hotel_id: Mapped[int] = mapped_column()\n"
)
APP = "from fastapi import FastAPI\nfrom api import routes\n\napp = FastAPI()\n"
ROUTE = (
    "from sqlalchemy import select\nfrom models import Reservation\n\n\n@router.get('/{item}')\n"
    "def read(item, db, hotel):\n    return db.scalar(select(Reservation).where(%s))\n"
)
OWN = ROUTE % "Reservation.id == item, Reservation.hotel_id == hotel.id"
ANY = (ROUTE % "Reservation.id == item").replace(", hotel)", ")")


def seen(route: str, **more: str) -> dict[str, Value]:
    """The facts that say something, without the part that all keys have in common."""
    files = {
        "app.py": APP,
        "api/__init__.py": "",
        "api/routes.py": route,
        "models.py": MODELS,
    } | more
    facts = values(run_probe(tenants, repo=files))
    return {k.removeprefix("tenants."): v for k, v in facts.items() if v not in ([], 0)}


def test_present_keys_and_filtered_queries_are_told() -> None:
    assert seen(OWN) == {"keys": ["models.py:4 Reservation.hotel_id"], "filtered": 1}


def test_missing_keys_are_an_empty_list() -> None:
    found = values(
        run_probe(
            tenants,
            repo={
                "app.py": APP,
                "api/routes.py": OWN,
                "api/__init__.py": "",
                "models.py": MODELS.replace("hotel_id", "name"),
            },
        )
    )
    assert found["tenants.keys"] == []
    assert found["tenants.unfiltered"] == []


def test_nothing_to_look_at_is_a_problem() -> None:
    assert problems(run_probe(tenants, repo={"README.md": "x"})) == ["vacuous"]
    without = run_probe(
        tenants, repo={"app.py": "from fastapi import FastAPI\n\napp = FastAPI()\n"}
    )
    assert values(without) == {}
    assert problems(without) == ["vacuous"]


def test_a_malformed_file_leaves_absence_open() -> None:
    evidence = run_probe(
        tenants, repo={"app.py": APP, "api/__init__.py": "", "api/routes.py": "x\x00\n"}
    )
    assert "tenants.keys" not in values(evidence)
    assert "malformed" in problems(evidence)


def test_a_denied_file_leaves_absence_open() -> None:
    files = {
        "app.py": APP,
        "api/__init__.py": "",
        "api/routes.py": Trouble(ProblemKind.DENIED, "no"),
    }
    assert "tenants.unfiltered" not in values(run_probe(tenants, repo=files))


def test_false_green_a_key_that_a_query_does_not_ask_for_keeps_nobody_apart() -> None:
    assert seen(ANY)["unfiltered"] == ["api/routes.py:7 select(Reservation"]


def test_false_green_every_record_of_everybody() -> None:
    text = (ROUTE % "x").replace(".where(x)", "").replace("(item, db, hotel)", "(db)")
    assert seen(text)["unfiltered"] == ["api/routes.py:7 select(Reservation"]


@pytest.mark.parametrize(
    "route",
    [
        ANY.replace("Reservation.id == item", "Reservation.user_id == current_user.id"),
        ANY.replace("@router.get('/{item}')\n", ""),
        ANY.replace("Reservation.id == item", "Reservation.id == found.id"),
    ],
)
def test_what_something_else_picks_is_not_told_and_leaves_it_open(route: str) -> None:
    assert "unfiltered" not in seen(route)
    files = {"app.py": APP, "api/__init__.py": "", "api/routes.py": route, "models.py": MODELS}
    assert problems(run_probe(tenants, repo=files)) == ["vacuous"]


def test_a_function_that_is_handed_the_tenant_counts_as_filtered() -> None:
    text = ANY.replace(
        "def read(item, db)", "def read(item, db, hotel: Hotel = Depends(member_of_hotel))"
    )
    assert "unfiltered" not in seen(text)


def test_views_of_django_are_read() -> None:
    files = {
        "manage.py": "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.settings')\nexecute_from_command_line(a)\n",
        "site/__init__.py": "",
        "site/settings.py": "ROOT_URLCONF = 'site.urls'\n",
        "site/urls.py": "from site import views\n",
        "site/models.py": "from django.db import models\n\n\nclass Room(models.Model):\n    tenant = models.ForeignKey('T', on_delete=1)\n",
        "site/views.py": "from site.models import Room\n\n\nclass RoomView:\n    def get(self, request, pk):\n        return Room.objects.get(pk=pk)\n",
    }
    assert values(run_probe(tenants, repo=files))["tenants.unfiltered"] == [
        "site/views.py:6 Room.objects"
    ]
    mine = files["site/views.py"].replace("pk=pk", "pk=pk, tenant=request.tenant")
    assert (
        values(run_probe(tenants, repo=files | {"site/views.py": mine}))["tenants.unfiltered"] == []
    )
    manager = "class RoomManager(models.Manager):\n    def get_queryset(self):\n        return super().get_queryset().filter(tenant=current())\n\n\n"
    models = (
        files["site/models.py"].replace("class Room(", manager + "class Room(")
        + "    objects = RoomManager()\n"
    )
    evidence = run_probe(tenants, repo=files | {"site/models.py": models})
    assert values(evidence)["tenants.enforced"] == ["site/models.py:4 RoomManager"]
    assert "tenants.unfiltered" not in values(evidence)


def test_queries_of_prisma_are_read() -> None:
    text = (
        "const { PrismaClient } = require('@prisma/client');\nconst prisma = new PrismaClient();\n"
        "class Rooms {\n  get(req, res) {\n    return prisma.booking.findUnique({ where: { id: req.params.id } });\n  }\n}\n"
    )
    files = {
        "package.json": '{"scripts": {"start": "node src/routes/index.js"}}',
        "src/routes/index.js": text,
        "prisma/schema.prisma": "model Booking {\n  id String @id\n  tenantId String\n}\n",
    }
    found = values(run_probe(tenants, repo=files))
    assert found["tenants.keys"] == ["prisma/schema.prisma:1 Booking.tenantId"]
    assert found["tenants.unfiltered"] == ["src/routes/index.js:5 prisma.booking.findUnique("]
    honest = text.replace("id: req.params.id", "id: req.params.id, tenantId: req.tenantId")
    found = values(run_probe(tenants, repo=files | {"src/routes/index.js": honest}))
    assert found["tenants.unfiltered"] == []
    assert found["tenants.filtered"] == 1


RLS = "ALTER TABLE reservation ENABLE ROW LEVEL SECURITY;\nALTER TABLE reservation FORCE ROW LEVEL SECURITY;\nCREATE POLICY t ON reservation USING (hotel_id = 1);\n"


@pytest.mark.parametrize(
    ("sql", "fact", "said"),
    [
        (RLS, "enforced", "migrations/1.sql:1 reservation: row level security"),
        (RLS.replace("FORCE", "NO FORCE"), "enforced", "not forced on the owner"),
        (RLS.replace("ENABLE", "DISABLE"), "idle_policies", "row level security is not enabled"),
        (
            RLS + "ALTER TABLE reservation DISABLE ROW LEVEL SECURITY;\n",
            "idle_policies",
            "not enabled",
        ),
        (RLS.replace("hotel_id = 1", "true"), "idle_policies", "true for everybody"),
    ],
)
def test_row_level_security_counts_where_it_is_in_force(sql: str, fact: str, said: str) -> None:
    found = seen(OWN, **{"migrations/1.sql": sql})
    assert said in str(found[fact])
    assert ("enforced" in found) is (fact == "enforced")


def test_tests_that_ask_for_what_is_anothers_are_told() -> None:
    text = "def test_other_hotel_is_not_found(client):\n    assert client.get('/hotel/2').status_code == 404\n\n\n"
    assert seen(OWN, **{"tests/test_api.py": text})["tests"] == [
        "tests/test_api.py:1 test_other_hotel_is_not_found"
    ]
    assert "tests" not in seen(
        OWN, **{"tests/test_api.py": text.replace("other_", "").replace("404", "200")}
    )
