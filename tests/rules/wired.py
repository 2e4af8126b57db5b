"""Rules 6 to 11: what exists is not wired."""

from __future__ import annotations

from auditor.model.verdict import Outcome
from tests.rules.world import CLEAN, Pair

APP = "from fastapi import FastAPI\n\nfrom orders import values\n\napp = FastAPI()\n"
CALLS = "import httpx\n\nTIMEOUT = 3\n\n\ndef ask():\n    return httpx.get('https://stock.example.net'{})\n"
LIMITER = "from slowapi import Limiter\n\nlimiter = Limiter(key_func=who{})\n"
LIMITED = "\n\n@limiter.limit('5/minute')\ndef route(request):\n    return 1\n"

PAIRS = [
    Pair(
        6,
        "only what the service reaches counts",
        "resilience.errors.timeouts",
        {**CLEAN, "app.py": APP, "orders/stock.py": CALLS.format(", timeout=3")},
        {**CLEAN, "app.py": APP + "from orders import stock\n", "orders/stock.py": CALLS.format(", timeout=3")},
        "",
        ("code.http_clients",),
        Outcome.UNKNOWN,
    ),
    Pair(
        7,
        "a limiter must be put around something",
        "security.controls.ratelimit",
        {**CLEAN, "app.py": APP + "from orders.limits import limiter\n", "orders/limits.py": LIMITER.format("")},
        {**CLEAN, "app.py": APP + "from orders.limits import limiter\n" + LIMITED, "orders/limits.py": LIMITER.format("")},
        "nothing applies it",
        ("code.rate_limits",),
        Outcome.UNKNOWN,
    ),
    Pair(
        8,
        "a setting needs a reader",
        "resilience.errors.timeouts",
        {**CLEAN, "app.py": APP + "from orders import stock\n",
         "orders/stock.py": CALLS.replace("httpx", "requests").format("")},
        {**CLEAN, "app.py": APP + "from orders import stock\n",
         "orders/stock.py": CALLS.replace("httpx", "requests").format(", timeout=TIMEOUT")},
        "orders/stock.py:7",
        ("code.http_clients",),
    ),
    Pair(
        9,
        "a step that only prints deploys nothing",
        "deployment.pipeline.delivery",
        {**CLEAN, ".github/workflows/deploy.yml": "on: {push: {branches: [main]}}\njobs:\n  deploy:\n    runs-on: ubuntu-24.04\n"
                                                  "    steps:\n      - run: echo deploying to production\n"},
        {**CLEAN, ".github/workflows/deploy.yml": "on: {push: {branches: [main]}}\njobs:\n  deploy:\n    runs-on: ubuntu-24.04\n"
                                                  "    steps:\n      - run: kubectl apply -f deploy/\n"},
        "",
        ("ci.*",),
        Outcome.UNKNOWN,
        fact=("ci.deploy_steps", None, 1),
    ),
    Pair(
        10,
        "an escape hatch left open",
        "security.controls.ratelimit",
        {**CLEAN, "app.py": APP + "from orders.limits import limiter\n" + LIMITED,
         "orders/limits.py": LIMITER.format(", enabled=False")},
        {**CLEAN, "app.py": APP + "from orders.limits import limiter\n" + LIMITED,
         "orders/limits.py": LIMITER.format(", enabled=True")},
        "switched off",
        ("code.rate_limits",),
        Outcome.UNKNOWN,
    ),
    Pair(
        11,
        "imports of its own must resolve",
        "resilience.errors.timeouts",
        {**CLEAN, "app.py": APP + "from orders import stock, payments\nfrom orders.payments import pay\n",
         "orders/stock.py": CALLS.format(", timeout=3")},
        {**CLEAN, "app.py": APP + "from orders import stock\n", "orders/stock.py": CALLS.format(", timeout=3")},
        "",
        ("code.http_clients",),
        Outcome.UNKNOWN,
    ),
]  # fmt: skip
