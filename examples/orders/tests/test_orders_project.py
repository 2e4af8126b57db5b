"""The files around the code stay in step with it."""

import re
import tomllib
from importlib.metadata import requires
from pathlib import Path

import pytest
import yaml

import orders

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def read_yaml(path):
    return yaml.safe_load((ROOT / path).read_text())


def alerts():
    groups = read_yaml("monitoring/rules/orders.yml")["groups"]
    return [rule for group in groups for rule in group["rules"] if "alert" in rule]


def anchors(path):
    titles = re.findall(r"^#+ (.+)$", path.read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_one_version_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == orders.__version__
    released = re.findall(r"^## \[(\d\S*)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert released[0] == orders.__version__
    image = read_yaml("compose.yaml")["services"]["orders"]["image"]
    assert image == f"orders:{orders.__version__}"


def test_requirements_pin_everything_the_code_needs():
    lines = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if line]
    pins = dict(line.split("==") for line in lines if not line.startswith("#"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    def names(requirements):
        return {re.split(r"[^\w.-]", text)[0].lower().replace("_", "-") for text in requirements}

    assert names(project["dependencies"]) <= set(pins)
    for name in pins:
        needed = [text for text in requires(name) or [] if ";" not in text]
        assert names(needed) <= set(pins), name


def test_alerts_use_exposed_metrics(client):
    client.get("/orders")
    lines = client.get("/metrics").text.splitlines()
    exposed = {re.split(r"[{ ]", line)[0] for line in lines if not line.startswith("#")}
    for alert in alerts():
        used = set(re.findall(r"\b([a-z]\w+)\{", alert["expr"]))
        assert used, alert["alert"]
        assert used <= exposed, alert["alert"]


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_alert_is_complete_and_has_a_runbook(alert):
    assert re.search(r" [<>] \d|^absent\(", alert["expr"])
    assert alert["for"]
    assert alert["labels"]["severity"] in {"critical", "warning"}
    assert alert["annotations"]["summary"]
    runbook = (ROOT / alert["annotations"]["runbook_url"]).read_text()
    assert runbook.startswith(f"# {alert['alert']}\n")
    for part in ("Meaning", "Impact", "Diagnosis", "Mitigation", "Escalation"):
        assert f"\n## {part}\n" in runbook


def test_every_runbook_belongs_to_one_alert():
    urls = [alert["annotations"]["runbook_url"] for alert in alerts()]
    assert len(urls) == len(set(urls))
    assert {ROOT / url for url in urls} == set(ROOT.glob("docs/runbooks/*.md"))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document):
    for target in re.findall(r"\]\(([^)]+)\)", document.read_text()):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        path = (document.parent / name).resolve() if name else document
        assert path.exists(), target
        assert not anchor or anchor in anchors(path), target


def test_troubleshooting_quotes_real_events():
    code = "".join(path.read_text() for path in (ROOT / "orders").glob("*.py"))
    text = (ROOT / "docs" / "troubleshooting.md").read_text()
    events = set(re.findall(r"`([a-z]+(?:_[a-z]+)+)`", text)) - {"request_id", "duration_ms"}
    assert len(events) >= 10
    assert {event for event in events if f'"{event}"' not in code} == set()
