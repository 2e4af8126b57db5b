"""Documents for those who run the service: names in English and Spanish, and topics."""

from __future__ import annotations

from auditor.formats.documents.document_kind import (
    DOCS,
    GUIA,
    GUIDE,
    NUMBER,
    VERIFYING,
    Kind,
    Scope,
    Topic,
    topic,
    words,
)

OPERATIONS = Kind(
    "operations",
    words(
        r"(?:operations?"
        + GUIDE
        + r"|operating"
        + GUIDE
        + r"|ops"
        + GUIDE
        + r"|administration"
        + GUIDE
        + r"|admin-guide|"
        + GUIA
        + r"(?:operacion(?:es)?|administracion|explotacion))"
    ),
    (
        topic(
            "start and stop",
            r"(?<!quick[ -])(?<!getting )\b(?:start\w*|stop\w*|restart\w*|shut ?down|running|arran\w+|inici(?:o|ar)|reinici\w+"
            r"|parada?|detener)\b",
        ),
        topic(
            "scaling",
            r"\b(?:scal(?:e|es|ing)|autoscaling|capacity|escala(?:r|do|miento|bilidad)|capacidad)\b",
        ),
        topic(
            "backup and restore",
            r"\b(?:back-?ups?|restor\w+|copias? de seguridad|respaldos?|restaura\w+)\b",
        ),
        topic(
            "monitoring and logs",
            r"\b(?:monitor\w*|logs?|logging|dashboards?|metrics|alerts?|alerting|registros?|m[eé]tricas"
            r"|alertas?)\b",
        ),
        topic(
            "secrets",
            r"\b(?:secrets?|rotat\w+|credentials?|certificates?|secretos?|rotaci[oó]n|credenciales"
            r"|certificados?)\b",
        ),
        topic(
            "maintenance",
            r"\b(?:maintenance|upgrad\w+|updat\w+|migrations?|clean-?up|mantenimiento|actualiza\w+"
            r"|migraciones|limpieza)\b",
        ),
        topic(
            "contacts",
            r"\b(?:contacts?|on[- ]?call|escalation|contactos?|guardias?|escalamiento)\b",
        ),
    ),
    folders=words(DOCS + r"(?:operations|ops|operaciones)"),
    within=("deployment",),
    least=3,
)

DEPLOYMENT = Kind(
    "deployment",
    words(r"(?:deploy(?:ment|ments|ing)?" + GUIDE + r"|" + GUIA + r"(?:despliegue|despliegues))"),
    (
        topic(
            "deploying",
            r"\b(?:deploy\w*|roll[- ]?out|release|install\w*|steps|kubernetes|docker|helm|production"
            r"|desplieg\w+|despleg\w+|pasos|producci[oó]n|instala\w+)\b",
        ),
        topic("verification", VERIFYING, VERIFYING),
        topic(
            "rollback",
            r"\b(?:roll(?:ing)?[- ]?back|revert\w*|undo|way back|previous version|marcha atr[aá]s"
            r"|revertir|reversi[oó]n)\b",
        ),
    ),
    folders=words(r"(?:" + DOCS + r")?(?:deployments?|deploy|deploying|despliegue)(?:/.+)?"),
    section=words(r"\b(?:deploy\w*|despliegue|running in production)\b"),
)

TROUBLESHOOTING = Kind(
    "troubleshooting",
    words(
        r"(?:trouble-?shooting" + GUIDE + r"|" + GUIA + r"(?:trouble-?shooting"
        r"|(?:re)?solucion-(?:de-)?(?:problemas|errores|incidencias)))"
    ),
    (
        topic(
            "symptom",
            r"\b(?:symptoms?|errors?|problems?|issues?|fails?|not|cannot|can't"
            r"|s[ií]ntomas?|errore?s?|problemas?|fallo?s?|no)\b|\b[45]\d\d\b",
        ),
        topic(
            "cause",
            r"\b(?:causes?|reasons?|why|diagnos\w+|causas?|motivos?"
            r"|diagn[oó]stico)\b",
            r"\b(?:caused? by|because|due to|the cause|usually means|porque|debido a"
            r"|se debe a|causad[oa])\b",
        ),
        topic(
            "remedy",
            r"\b(?:fix\w*|solutions?|remed\w+|resol\w+|workarounds?|actions?|mitigat\w+"
            r"|what to do|soluci[oó]n|soluciones|qu[eé] hacer|arreglo|acci[oó]n)\b",
            r"\b(?:to fix|fix (?:it|this)|to (?:re)?solve|workaround|make sure|para (?:re)?solver"
            r"|aseg[uú]r\w+)\b",
        ),
    ),
    folders=words(DOCS + r"(?:troubleshooting|solucion-de-problemas)"),
    within=("operations", "deployment", "setup", "development"),
    section=words(r"\b(?:troubleshooting|soluci[oó]n de problemas)\b"),
)

INCIDENT = Kind(
    "incident",
    words(
        r"(?:incidents?(?:-(?:response|management|handling))?"
        + GUIDE
        + r"|incident-(?:response-)?playbook|"
        + GUIA
        + r"(?:respuesta-(?:(?:a|ante|de)-)?)?(?:gestion-(?:de-)?)?incident(?:e|es))"
    ),
    (
        topic(
            "severity",
            r"\b(?:severit\w+|priorit\w+|sev[- ]?\d|severidad\w*|gravedad|prioridad\w*|criticidad"
            r"|impact levels?)\b",
        ),
        topic(
            "roles",
            r"\b(?:roles?|responsib\w+|commander|responsab\w+|who does what|teams?|equipos?|comandante)\b",
        ),
        topic(
            "communication",
            r"\b(?:communicat\w+|notif\w+|status page|channels?|comunica\w+|canales|stakeholders?)\b",
        ),
        topic(
            "timeline or post-mortem",
            r"\b(?:timelines?|post-?[ -]?mortems?|retrospectiv\w+|review|phases?|response (?:process"
            r"|steps)|steps|lessons"
            r"|cronolog[ií]a|fases|pasos|lecciones|an[aá]lisis posterior)\b",
        ),
    ),
    folders=words(DOCS + r"(?:incidents?|incident-response)"),
)

RUNBOOKS = Kind(
    "runbooks",
    words(r"(?:run-?books?(?:-.+)?|.+-run-?books?|playbooks?)"),
    (
        topic(
            "diagnosis",
            r"\b(?:diagnos\w+|investigat\w+|symptoms?|triage|check\w*|verif\w+"
            r"|detect\w+|identify\w*|meaning|s[ií]ntomas?|diagn[oó]stico|comproba\w+|detecci[oó]n|investiga\w+)\b",
        ),
        topic(
            "steps to take",
            r"\b(?:mitigat\w+|fix\w*|resol\w+|remed\w+|steps?|actions?|procedures?"
            r"|recover\w*|solutions?|what to do|mitigaci[oó]n|soluci[oó]n|pasos|acci[oó]n|acciones"
            r"|procedimiento|recupera\w+)\b",
        ),
    ),
    folders=words(r"(?:.+/)?(?:run-?books?|playbooks)(?:/.+)?"),
    scope=Scope.EACH,
)

RECOVERY = Kind(
    "recovery",
    words(
        r"(?:disaster-recovery(?:-.+)?|dr-plan|drp|recovery"
        + GUIDE
        + r"|business-continuity(?:-.+)?|bcp|contingency-plan|"
        + GUIA
        + r"(?:recuperacion(?:-(?:(?:ante|de|frente-a)-)?desastres?)?|continuidad(?:-.+)?|contingencias?))"
    ),
    (
        Topic(
            "RTO with a value",
            words(r"(?!)"),
            words(
                r"(?:\bRTO\b|recovery time|tiempo (?:objetivo )?de recuperaci[oó]n).{0,160}?"
                + NUMBER
            ),
        ),
        Topic(
            "RPO with a value",
            words(r"(?!)"),
            words(
                r"(?:\bRPO\b|recovery point|punto (?:objetivo )?de recuperaci[oó]n).{0,160}?"
                + NUMBER
            ),
        ),
        topic(
            "steps",
            r"\b(?:steps?|procedures?|restor\w+|recover\w+ (?:of|from|process|order)|fail-?over|pasos"
            r"|procedimientos?|restaura\w+)\b",
        ),
        topic(
            "roles",
            r"\b(?:roles?|responsib\w+|contacts?|teams?|who|responsab\w+|contactos?|equipos?)\b",
        ),
    ),
    folders=words(DOCS + r"(?:disaster-recovery|recovery|recuperacion)"),
)
