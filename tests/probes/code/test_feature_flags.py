"""What code.feature_flags says of flags that can be turned while a service runs."""

from __future__ import annotations

import pytest

from auditor.model.evidence import ProblemKind, Value
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.code.feature_flags import feature_flags

APP = "from fastapi import FastAPI\n\napp = FastAPI()\n"
MADE = "from UnleashClient import UnleashClient\n\nclient = UnleashClient(url=u)\n"
ASKED = MADE + "\n\n@app.get('/')\ndef route():\n    return client.is_enabled('new')\n"


def seen(files: dict[str, str]) -> dict[str, Value]:
    """The facts without the part that all their keys have in common."""
    facts = values(run_probe(feature_flags, repo=files))
    return {key.removeprefix("flags."): value for key, value in facts.items()}


def script(app: str) -> dict[str, Value]:
    """The facts of a Node service."""
    return seen({"package.json": '{"scripts": {"start": "node index.js"}}', "index.js": app})


def test_present_a_flag_that_is_asked_for_is_told() -> None:
    assert seen({"app.py": APP + ASKED}) == {
        "evaluated": ["app.py:11 Unleash: is_enabled"],
        "clients": ["app.py:6 Unleash"],
        "unused_clients": [],
        "from_environment": [],
    }


def test_missing_flags_give_empty_lists() -> None:
    assert seen({"app.py": APP}) == {
        "evaluated": [], "clients": [], "unused_clients": [], "from_environment": [],
    }  # fmt: skip


def test_nothing_to_look_at_is_a_problem() -> None:
    evidence = run_probe(feature_flags, repo={"README.md": "LaunchDarkly"})
    assert values(evidence) == {}
    assert problems(evidence) == ["vacuous"]


def test_a_malformed_file_leaves_absence_open() -> None:
    evidence = run_probe(feature_flags, repo={"app.py": APP + "import b\n", "b.py": "x\x00\n"})
    assert values(evidence) == {}
    assert problems(evidence) == ["malformed"]


def test_a_denied_file_leaves_absence_open() -> None:
    files = {"app.py": APP + "import b\n", "b.py": Trouble(ProblemKind.DENIED, "no")}
    assert values(run_probe(feature_flags, repo=files)) == {}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (MADE, "no flag is asked for"),
        (MADE + "# client.is_enabled('new')\n", "no flag is asked for"),
        (MADE + "\n\ndef never():\n    return client.is_enabled('new')\n", "no flag is asked for"),
        ("from openfeature import api\n\nclient = api.get_client()\nclient.get_boolean_value('new', False)\n", "no provider is set"),
        ("from openfeature import api\n\napi.set_provider(InMemoryProvider(f))\nclient = api.get_client()\nclient.get_boolean_value('new', False)\n", "what the code"),
        ("from ldclient import LDClient\nfrom ldclient.config import Config\n\nclient = LDClient(Config('k', offline=True))\nclient.variation('new', c, False)\n", "it is offline"),
    ],
)  # fmt: skip
def test_false_green_a_client_that_nothing_asks_or_that_asks_nobody_is_unused(
    text: str, why: str
) -> None:
    found = seen({"app.py": APP + text})
    assert found["evaluated"] == []
    assert why in str(found["unused_clients"])


def test_openfeature_with_a_provider_is_asked() -> None:
    text = "from openfeature import api\n\napi.set_provider(p)\nclient = api.get_client()\nclient.get_boolean_value('new', False)\n"
    assert seen({"app.py": APP + text})["evaluated"] == ["app.py:8 OpenFeature: get_boolean_value"]


def test_false_green_a_switch_of_the_environment_is_no_flag() -> None:
    text = "import os\n\nFEATURE_NEW = os.environ.get('FEATURE_NEW') == 'true'\n"
    found = seen({"app.py": APP + text})
    assert found["evaluated"] == []
    assert found["from_environment"] == ["app.py:6 FEATURE_NEW"]


def test_false_green_a_dependency_or_a_file_that_nobody_imports_is_nothing() -> None:
    files = {
        "app.py": APP + "import UnleashClient\n",
        "unused.py": ASKED,
        "requirements.txt": "UnleashClient\n",
    }
    assert seen(files)["clients"] == []


def test_flags_of_another_making_are_a_problem() -> None:
    text = "def is_feature_enabled(name):\n    return name in rows\n\n\nis_feature_enabled('x')\n"
    evidence = run_probe(feature_flags, repo={"app.py": APP + text})
    assert "flags.evaluated" not in values(evidence)
    assert "app.py:4" in evidence.problems[0].message


def test_a_client_that_is_handed_on_is_asked_by_the_name_of_its_method() -> None:
    own = (
        MADE
        + "\n\nclass Flags:\n    def __init__(self, client):\n        self.features = client\n\n    def on(self, name):\n        return self.features.is_enabled(name)\n"
    )
    files = {"app.py": APP + "import own\n\nown.Flags(own.client).on('x')\n", "own.py": own}
    assert seen(files)["evaluated"] == ["own.py:11 Unleash: is_enabled"]


def test_functions_of_a_library_need_no_client() -> None:
    text = "import waffle\n\n\n@app.get('/')\ndef route(request):\n    return waffle.flag_is_active(request, 'new')\n"
    assert seen({"app.py": APP + text})["evaluated"] == ["app.py:9 django-waffle: flag_is_active"]


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        ("const { initialize, isEnabled } = require('unleash-client');\ninitialize({ url: u });\nisEnabled('new');\n", ["index.js:3 Unleash: isEnabled"]),
        ("import { init } from '@launchdarkly/node-server-sdk';\nconst client = init('k');\nawait client.variation('new', c, false);\n", ["index.js:3 LaunchDarkly: variation"]),
        ("import { PostHog } from 'posthog-node';\nconst posthog = new PostHog('k');\nposthog.capture({});\n", []),
        ("import { PostHog } from 'posthog-node';\nconst posthog = new PostHog('k');\nawait posthog.isFeatureEnabled('new', 'id');\n", ["index.js:3 PostHog: isFeatureEnabled"]),
    ],
)  # fmt: skip
def test_scripts_ask_alike(app: str, expected: list[str]) -> None:
    assert script(app)["evaluated"] == expected


def test_go_asks_alike() -> None:
    text = (
        'package main\n\nimport (\n\tld "github.com/launchdarkly/go-server-sdk/v7"\n)\n\nfunc main() {\n'
        '\tclient, _ := ld.MakeClient("k", 5)\n\tclient.BoolVariation("new", c, false)\n}\n'
    )
    assert seen({"go.mod": "module own\n", "main.go": text})["evaluated"] == [
        "main.go:9 LaunchDarkly: BoolVariation"
    ]
