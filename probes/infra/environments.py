"""Reads the configuration that the service has for each environment: its keys, and whether production is safe.

Files that name their environment: `.env.production(.example)`, `config/production.yml`,
`settings/production.py`, `application-prod.yml`, `appsettings.Production.json`, `values-prod.yaml`,
`environments/prod/…`, `prod.tfvars`, overlays of Kustomize, Compose files; beside `settings/ci.py` and the like
also the module that the image sets as DJANGO_SETTINGS_MODULE, which is production's. Files of one form in one
place are a family, whose keys are compared between staging and production (with development where there is no
staging); a key that the file below them sets for all is missing in none. Values files of Helm are compared only
with the chart's own beside them; Python modules, overlays and Compose files are taken by their names. Of
production it is asked that no debug mode is on, that no origin or host is `*`, and that no secret is written
out; its own file counts and, for debug mode and origins, what it lies over.

Not seen: variables that a platform sets, settings that code derives, and what is in force where it runs.
Where no file is of one environment, nothing is said, since the platform may hold them all.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.formats.settings.environment_settings import debugs, open_to_all, secrets
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.contract import (
    Context,
    FactSpec,
    Finding,
    Need,
    Observation,
    Problem,
    ProblemKind,
    probe,
)
from auditor.probing.repository.entries import Entries
from auditor.probing.repository.environment_files import (
    EnvironmentFile,
    Family,
    copies,
    environment_families,
    missing_keys,
)

_LIST = FactType.LIST
FAMILIES = FactSpec("environments.families", _LIST, "Files of one form, and their environments.")
NAMES = FactSpec("environments.names", _LIST, "Environments that have a file of their own.")
PRODUCTION = FactSpec("environments.production", _LIST, "Files of production.")
KEYS = FactSpec("environments.compared_keys", FactType.NUMBER, "Keys that were compared.", "keys")
INVALID = FactSpec("environments.invalid", _LIST, "Files that their own readers would refuse.")
MISSING = FactSpec(
    "environments.missing_keys", _LIST, "Keys that another environment of the family has."
)
DEBUG = FactSpec("environments.debug_on", _LIST, "Settings that turn on debugging in production.")
OPEN = FactSpec("environments.open_to_all", _LIST, "Origins and hosts of production that are `*`.")
SECRETS = FactSpec(
    "environments.literal_secrets", _LIST, "Secrets of production that are written out."
)
IDENTICAL = FactSpec("environments.identical", _LIST, "Files of two environments that are alike.")
_ALWAYS = (FAMILIES, PRODUCTION, INVALID)
_COMPARED = (KEYS, MISSING, IDENTICAL)
_OF_PRODUCTION = (DEBUG, OPEN, SECRETS)


@probe(
    "infra.environments",
    title="Configuration of the environments",
    needs=[Need.REPOSITORY],
    emits=[NAMES, *_ALWAYS, *_COMPARED, *_OF_PRODUCTION],
    pure=True,
)
def environments(ctx: Context) -> Iterator[Observation]:
    """Facts where a file is of one environment, and those of production where it has one."""
    seen = Entries((*_ALWAYS, *_COMPARED, *_OF_PRODUCTION))
    families = environment_families(ctx.repo, seen, INVALID)
    if not families:
        yield _nothing()
        return
    for family in families:
        _compare(family, seen)
        for one in family.files:
            if one.environment == "production":
                seen.add(PRODUCTION, one.path, None, f"is of production{one.how}")
                _safe(family, one, seen)
    files = [one.path for family in families for one in family.files]
    source = ctx.repo.source(", ".join(files))
    names = sorted({one.environment for family in families for one in family.files})
    for problem, facts in _unknown(names, families, seen):
        yield problem
        seen.facts = tuple(fact for fact in seen.facts if fact not in facts)
    for text, place in seen.found.get(SECRETS.key, []):
        yield Finding("literal-secret", f"{text}.", SECRETS.key, location=place)
    yield from seen.observations(ctx, source)
    yield NAMES.of(names, level=Level.EFFECTIVE, source=source, produced_at=ctx.observed_at)


def _unknown(
    names: list[str], families: list[Family], seen: Entries
) -> Iterator[tuple[Problem, tuple[FactSpec, ...]]]:
    """What there is no file for may be set elsewhere, so that it is not known; a file that was not
    read hides all of this anyway."""
    if seen.problems:
        return
    if "production" not in names:
        said = f"No file is of production; there are files of {', '.join(names)}."
        facts: tuple[FactSpec, ...] = (PRODUCTION, *_OF_PRODUCTION, *_COMPARED)
        hint = "Add one, or attest with a link to the settings that are in force."
    elif not any(family.compared for family in families):
        facts, said = (
            _COMPARED,
            "No file of another environment is of the form of that of production.",
        )
        hint = "Add one for staging, or attest with a link to the comparison of both."
    else:
        return
    keys = tuple(fact.key for fact in facts)
    yield Problem(ProblemKind.NOT_CONFIGURED, said, hint, keys), facts


def _nothing() -> Problem:
    return Problem(
        ProblemKind.NOT_CONFIGURED,
        "No file of the service is of one environment; the platform may hold the settings of each.",
        "Attest with a link to the comparison of staging and production.",
    )


def _compare(family: Family, seen: Entries) -> None:
    """Entries for keys that are not the same, and for files that are."""
    names = ", ".join(dict.fromkeys(one.environment for one in family.files))
    seen.add(FAMILIES, family.files[0].path, None, f"{family.name}: {names}")
    for key in sorted({key for one in family.compared for key in one.settings}):
        seen.add(KEYS, family.files[0].path, None, key)
    for one, key in missing_keys(family):
        seen.add(MISSING, one.path, None, key)
    for one, other in copies(family):
        seen.add(IDENTICAL, one.path, None, f"is the same as {other.path}")


def _safe(family: Family, one: EnvironmentFile, seen: Entries) -> None:
    """Entries for what production leaves open; an example is not in force, so that its secrets are none."""
    below = [s for key, s in family.base.items() if key not in one.settings]
    for path, settings, own in (
        (one.path, one.settings.values(), True),
        (family.base_path, below, False),
    ):
        for setting in settings:
            if debugs(setting):
                seen.add(DEBUG, path, setting.line, setting.key + _through(one, own))
            if open_to_all(setting, hosts=own):
                seen.add(OPEN, path, setting.line, setting.key + _through(one, own))
    for setting in () if one.example else secrets(one.settings.values()):
        seen.add(
            SECRETS, one.path, setting.line, f"the value of {setting.key} is written in the file"
        )


def _through(one: EnvironmentFile, own: bool) -> str:
    return "" if own else f", which {one.path} lies over"
