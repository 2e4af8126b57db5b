"""Little repositories of several stacks, each a service or more, as files by path."""

from __future__ import annotations

JUNIT = '<?xml version="1.0"?>\n<testsuites><testsuite name="a" tests="1"><testcase name="t"/></testsuite></testsuites>\n'
COBERTURA = '<?xml version="1.0"?>\n<coverage line-rate="0.9" version="7" timestamp="1"><packages/></coverage>\n'
INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop}
spec:
  tls: [{hosts: [shop.example.net], secretName: shop-tls}]
  rules:
    - host: shop.example.net
      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: shop, port: {number: 80}}}}]}
"""
COMPOSE = """\
services:
  shop:
    build: .
    ports: ["8080:8000"]
  database:
    image: postgres:16.4
    ports: ["5432:5432"]
"""
PYTHON = {
    "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\ndependencies = ["fastapi"]\n\n[tool.pytest.ini_options]\n',
    "shop/__init__.py": "",
    "shop/app.py": (
        "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n"
        '@app.get("/orders")\ndef orders():\n    return []\n\n\n'
        '@app.post("/orders")\ndef order():\n    return {}\n\n\n'
        '@app.get("/api/v1/refunds/{id}")\ndef refund(id):\n    return {}\n\n\n'
        '@app.get("/healthz")\ndef healthz():\n    return {}\n'
    ),
    "tests/test_orders_api.py": "def test_order(): assert True\n",
    "Dockerfile": 'FROM python:3.12\nCOPY . /app\nCMD ["uvicorn", "shop.app:app"]\n',
    "compose.yaml": COMPOSE,
    "deploy/ingress.yaml": INGRESS,
    "reports/junit.xml": JUNIT,
    "reports/coverage.xml": COBERTURA,
}
NODE = {
    "package.json": (
        '{"name": "@acme/cart", "scripts": {"start": "node src/server.js", "test": "jest"},'
        ' "dependencies": {"express": "^4"}, "devDependencies": {"jest": "^29"}}\n'
    ),
    "package-lock.json": '{"name": "@acme/cart", "lockfileVersion": 3}\n',
    "src/server.js": (
        "const express = require('express');\nconst app = express();\n"
        "app.get('/carts', (req, res) => res.json([]));\napp.listen(3000);\n"
    ),
    "test/carts.test.js": "test('cart', () => expect(1).toBe(1));\n",
}
GO = {
    "go.mod": "module example.net/acme/ledger/v2\n\ngo 1.22\n",
    "cmd/ledger/main.go": (
        'package main\n\nimport "net/http"\n\nfunc main() {\n'
        '\thttp.HandleFunc("/entries", func(w http.ResponseWriter, r *http.Request) {})\n'
        '\thttp.ListenAndServe(":8080", nil)\n}\n'
    ),
    "ledger_test.go": 'package ledger\n\nimport "testing"\n\nfunc TestEntry(t *testing.T) {}\n',
}
JAVA = {
    "pom.xml": (
        "<project>\n  <parent><groupId>org.springframework.boot</groupId>"
        "<artifactId>spring-boot-starter-parent</artifactId></parent>\n"
        "  <groupId>net.example</groupId>\n  <artifactId>invoices</artifactId>\n"
        "  <dependencies><dependency><artifactId>spring-boot-starter-web</artifactId></dependency></dependencies>\n"
        "</project>\n"
    ),
    "src/main/java/net/example/App.java": (
        "package net.example;\n\n@SpringBootApplication\npublic class App {\n"
        "  public static void main(String[] args) { SpringApplication.run(App.class, args); }\n}\n"
    ),
    "src/main/java/net/example/Invoices.java": (
        "package net.example;\n\n@RestController\n@RequestMapping(\"/invoices\")\npublic class Invoices {\n"
        '  @GetMapping("/{id}")\n  public String one() { return ""; }\n}\n'
    ),
}  # fmt: skip
MONOREPO = {
    "README.md": "# Acme\n",
    **{f"services/shop/{path}": text for path, text in PYTHON.items()},
    **{f"services/ledger/{path}": text for path, text in GO.items()},
}
BACKEND = {
    "README.md": "# Shop\n",
    **{f"backend/{path}": text for path, text in PYTHON.items()},
}
EMPTY = {"README.md": "# Nothing yet\n"}
EVERY = {
    "python": PYTHON,
    "node": NODE,
    "go": GO,
    "java": JAVA,
    "monorepo": MONOREPO,
    "backend": BACKEND,
    "empty": EMPTY,
}
