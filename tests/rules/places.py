"""Rules 1 to 5: where to look."""

from __future__ import annotations

from tests.rules.world import CLEAN, SOURCE, Pair

WORKFLOW = """\
name: ci
on:
  pull_request:
  push: {branches: [main]}
jobs:
  test:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
      - run: pytest
"""
ENTRIES = (
    ("Los pedidos tardan más de cinco minutos", "la métrica `orders_queue_depth` sube sin parar y las tiendas avisan",
     "un consumidor perdió su conexión con la base de datos y no la recuperó después del despliegue nocturno",
     "reinicie el consumidor con `kubectl rollout restart deployment/consumer` y espere a que la cola se vacíe"),
    ("El pago se rechaza con el código 402", "los clientes repiten la compra y el registro muestra `payment refused`",
     "la clave del proveedor de pagos caducó, porque nadie la renovó antes de fin de mes",
     "pida una clave nueva en el panel del proveedor, guárdela en el almacén de secretos y vuelva a desplegar"),
    ("La página de estado responde 503", "el balanceador quita todas las réplicas y no queda ninguna que atienda",
     "la base de datos alcanzó su límite de conexiones después de una campaña con demasiado tráfico",
     "reduzca el tamaño del grupo de conexiones, cierre las sesiones inactivas y avise al equipo de plataforma"),
    ("Los correos de confirmación no llegan", "la bandeja de salida crece y el servidor contesta `451 try again later`",
     "el remitente entró en una lista negra por culpa de direcciones que ya no existen",
     "limpie la lista de direcciones, pida la retirada en el formulario público y reenvíe los mensajes pendientes"),
    ("El informe diario sale vacío", "finanzas recibe un archivo sin filas y la tarea termina sin ningún error",
     "la tarea empezó antes de que la réplica de lectura tuviera los datos del día anterior",
     "retrase la tarea una hora, compruebe el retraso de la réplica y vuelva a generar el informe a mano"),
)  # fmt: skip
GUIDE = (
    "# Guía de resolución de problemas\n\nSíntomas conocidos del servicio de pedidos, su causa y su solución. Cada"
    " entrada dice qué se ve, por qué ocurre y qué se hace. Los registros están en Grafana.\n"
    + "".join(
        f"\n## {title}\n\n### Síntoma\n\nSe ve que {seen}.\n\n### Causa\n\nOcurre porque {why}.\n"
        f"\n### Solución\n\nEn ese caso, {what}.\n"
        for title, seen, why, what in ENTRIES
    )
)

PAIRS = [
    Pair(
        1,
        "workflows run at the git root alone",
        "deployment.pipeline.tests",
        {f"services/orders/{path}": text for path, text in CLEAN.items()}
        | {"services/orders/.github/workflows/ci.yml": WORKFLOW},
        {f"services/orders/{path}": text for path, text in CLEAN.items()}
        | {".github/workflows/ci.yml": WORKFLOW.replace("pytest", "cd services/orders && pytest")},
        "",
        ("ci.*",),
        root="services/orders",
    ),
    Pair(
        2,
        "what does not parse is a fail",
        "deployment.pipeline.workflows",
        {**CLEAN, ".github/workflows/ci.yml": WORKFLOW.replace("jobs:", "jobs: [")},
        {**CLEAN, ".github/workflows/ci.yml": WORKFLOW},
        ".github/workflows/ci.yml",
        ("ci.*",),
    ),
    Pair(
        3,
        "the service is not always at the root",
        "testing.quality.markers",
        {"README.md": "# Shop\n", "backend/pyproject.toml": CLEAN["pyproject.toml"],
         "backend/orders/values.py": SOURCE + "\n\n# TODO: refuse orders of nothing\n"},
        {"README.md": "# Shop\n", "backend/pyproject.toml": CLEAN["pyproject.toml"],
         "backend/orders/values.py": SOURCE},
        "",
        ("code.markers",),
    ),
    Pair(
        4,
        "names vary and a pointer is no document",
        "documentation.operations.troubleshooting",
        {**CLEAN, "TROUBLESHOOTING.md": "# Troubleshooting\n\nSee the wiki.\n"},
        {**CLEAN, "docs/GUIA_TROUBLESHOOTING.md": GUIDE},
        "",
        ("repo.documents",),
    ),
    Pair(
        5,
        "names collide: Spanish todo is no TODO",
        "testing.quality.markers",
        {**CLEAN, "orders/rules.py": "# TODO: todo pedido necesita un cliente\nLIMIT = 3\n"},
        {**CLEAN, "orders/rules.py": "# todo pedido necesita un cliente\nLIMIT = 3\n"},
        "orders/rules.py",
        ("code.markers",),
    ),
]  # fmt: skip
