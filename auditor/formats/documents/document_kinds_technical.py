"""Documents for those who build the service: names in English and Spanish, and topics."""

from __future__ import annotations

from auditor.formats.documents.document_kind import (
    CONFIGURATION,
    DEVELOPMENT_WORDS,
    DOCS,
    GUIA,
    GUIDE,
    REQUIREMENTS,
    SETUP_WORDS,
    Kind,
    topic,
    words,
)

CONTACT = "licence or contact"
"""The topic that links alone may speak of."""

README = Kind(
    "readme",
    words(r"(?:readme|leeme|léame)"),
    (
        topic(
            "what it is",
            r"\b(?:about|intro\w*|overview|what is|description|acerca|descripci[oó]n|qu[eé] es)\b",
        ),
        topic(
            "installation",
            SETUP_WORDS + r"|\b(?:deploy\w*|run(?:ning)?|docker|desplieg\w+|ejecu\w+)\b",
        ),
        topic(
            "usage",
            r"\b(?:usage|us(?:e|ing)|how to|run(?:ning)?|examples?|routes|endpoints|api|quick[- ]?start"
            r"|getting started"
            r"|tutorial|demo|documentation|docs|uso|ejecu\w+|ejemplos?|rutas|inicio r[aá]pido"
            r"|documentaci[oó]n)\b",
            r"\b(?:usage|then open|is now running|navigate to|browse to|visit|localhost:\d+)\b",
        ),
        topic(
            CONTACT,
            r"\b(?:licen[cs]\w+|contact\w*|support|help|community|maintain\w+|owners?|authors?|team"
            r"|soporte|ayuda|equipo)\b",
            r"\b(?:licen[cs]ed|licen[cs]e|licencia|contact)\b"
            r"|\b(?:questions?|feedback)\b[^.\n]{0,80}\b(?:discussions?|issues?|discord|slack|chat|forum|e-?mail)\b",
        ),
    ),
)

DEVELOPMENT = Kind(
    "development",
    words(
        r"(?:contributing|hacking|develop(?:ment|ing)"
        + GUIDE
        + r"|developers?s?"
        + GUIDE
        + r"|dev-guide"
        r"|contribution-guide|code-contributions|"
        + GUIA
        + r"(?:desarrollo|desarrollador(?:es)?|contribuir|contribucion(?:es)?))"
    ),
    (
        topic(
            "set-up",
            SETUP_WORDS
            + r"|"
            + REQUIREMENTS
            + r"|\b(?:build\w*|environment|entorno|develop\w+|dev server|desarroll\w+)\b",
        ),
        topic(
            "tests",
            r"\b(?:tests?|testing|checks|pruebas?)\b",
            r"\b(?:unit|run|running|add|write|ejecut\w+) [\w ,']{0,30}(?:tests?|pruebas)\b"
            r"|\bunit[- ]tests?\b|\bbe tested\b",
        ),
        topic(
            "conventions or workflow",
            r"\b(?:conventions?|styles?|guidelines?|pull requests?|branch\w*|workflow|review\w*"
            r"|commit\w*|git|layout|structure"
            r"|director(?:y|ies)|releases?|rules|lint\w*|convenciones|estilo|ramas|flujo|revisi[oó]n"
            r"|estructura|reglas)\b",
        ),
    ),
    folders=words(
        DOCS + r"(?:development|developing|developers?(?:-guide|s-guide)?|contributing|desarrollo)"
    ),
    section=words(DEVELOPMENT_WORDS),
)

ARCHITECTURE = Kind(
    "architecture",
    words(
        r"(?:architecture(?:-.+)?|(?:system|software|service|technical|solution)-(?:architecture"
        r"|design)|design-docs?|" + GUIA + r"arquitectura(?:-.+)?)"
    ),
    (
        topic(
            "components",
            r"\b(?:components?|modules?|services?|structure|containers?|building blocks?|layers?"
            r"|packages?|componentes?"
            r"|m[oó]dulos?|servicios?|capas?|estructura|paquetes?)\b",
        ),
        topic(
            "data flow",
            r"\b(?:\w*flows?|sequences?|life ?-?cycles?|requests?|interactions?|runtime|pipelines?"
            r"|communication|flujos?"
            r"|secuencias?|ciclo|comunicaci[oó]n|interacci[oó]n|interacciones|peticiones)\b",
        ),
        topic(
            "decisions",
            r"\b(?:decisions?|rationale|trade-?offs?|why|adrs?|alternatives|decisi[oó]n|decisiones"
            r"|justificaci[oó]n|motivos?|por qu[eé])\b",
        ),
    ),
    folders=words(
        r"(?:.+/)?(?:adrs?|decisions|architecture-decisions|decisiones)|"
        + DOCS
        + r"(?:architecture|arquitectura)(?:/.+)?"
    ),
    section=words(r"\b(?:architecture|arquitectura)\b"),
)

SETUP = Kind(
    "setup",
    words(
        r"(?:install(?:ation|ing)?(?:-.+)?|set-?up(?:-.+)?|getting-started|quick-?start"
        + GUIDE
        + r"|"
        + GUIA
        + r"(?:instalacion(?:-.+)?|instalación|inicio-rapido|configuracion-inicial|puesta-en-marcha))"
    ),
    (
        topic(
            "requirements",
            REQUIREMENTS + r"|\b(?:before you)\b",
            r"\b(?:requires?|you(?: will|'ll)? need|needs|install|requiere|necesita\w*)\b",
        ),
        topic(
            "configuration",
            CONFIGURATION,
            r"\b(?:configur\w+|environment variables?|settings?|\.env|variables de entorno)\b",
        ),
        topic(
            "installing and running",
            SETUP_WORDS
            + r"|\b(?:run(?:ning)?|start(?:ing)?|build\w*|ejecu\w+|arran\w+|usage|deploy\w*)\b",
        ),
    ),
    folders=words(DOCS + r"(?:installation|install|getting-started|setup|instalacion)(?:/.+)?"),
    within=("development",),
    section=words(
        SETUP_WORDS
        + r"|^\W*(?:requirements?|prerequisites?|requisitos|configuration|configuraci[oó]n)\W*$"
    ),
)

CHANGELOG = Kind(
    "changelog",
    words(
        r"(?:change-?log(?:-.+)?|changes|history|releases|release-?notes|news|"
        + GUIA
        + r"(?:historial(?:-de-(?:cambios|versiones))?|registro-de-cambios|cambios|novedades"
        r"|(?:notas-de-(?:la-)?)(?:version|versiones|lanzamiento)|versiones))"
    ),
    folders=words(r"(?:docs?/)?(?:release-?notes|change-?logs?|releases)"),
)
