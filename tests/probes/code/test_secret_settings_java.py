"""What code.secret_settings says of Java services."""

from __future__ import annotations

import pytest

from auditor.probing.testing import problems
from probes.code.secret_settings import secret_settings
from tests.probes.code.java_services import SETTINGS, TOP, evidence, facts, pom, service


def told(body: str = "", settings: str = "", imports: str = "", build: str = "<project/>") -> dict[str, object]:  # fmt: skip
    """The facts of a service."""
    return facts(secret_settings, service(body, imports, settings=settings, build=build))


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("${DB_PASSWORD}", "read"),
        ("${DB_PASSWORD:}", "read"),
        ("${DB_PASSWORD:hunter22}", "defaults"),
        ("hunter22", "literal"),
        ("'123456'", "literal"),
        ("changeme", "literal"),
        ("ENC(abc)", "read"),
        ("'{cipher}abc'", "read"),
    ],
)
def test_a_packaged_setting_is_read_falls_back_or_is_spelled_out(value: str, kind: str) -> None:
    found = told(settings=f"spring.datasource.password: {value}")
    for name in ("read", "defaults", "literal"):
        wanted = [f"{SETTINGS}:1 spring.datasource.password"] if name == kind else []
        assert found[name] == wanted, name


@pytest.mark.parametrize(
    "line",
    ["jwt.token-head: Bearer", "app.password.min-length: 8", "messages.password: Your password", "jwt.token-ttl: 3600"],
)  # fmt: skip
def test_what_speaks_of_secrets_and_is_none(line: str) -> None:
    assert told(settings=f"{line}\nx.secret: ${{X}}")["literal"] == []


def test_the_value_never_stands_in_a_fact() -> None:
    repo = service(settings="jwt.secret: hunter2222")
    assert "hunter2222" not in str(evidence(secret_settings, repo))


def test_settings_for_development_do_not_count() -> None:
    repo = service(settings="jwt.secret: ${JWT}")
    repo[SETTINGS.replace("application", "application-dev")] = "jwt.secret: hunter22"
    assert facts(secret_settings, repo)["literal"] == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('@Value("${jwt.secret}") String s;', "read"),
        ('@Value("${jwt.secret:hunter22}") String s;', "defaults"),
        ('String s = System.getenv("JWT_SECRET");', "read"),
        ('String s() { return env.getProperty("jwt.secret", "hunter22"); }', "defaults"),
        ('private static final String JWT_SECRET = "hunter22abc";', "literal"),
        ('void f() { Jwts.builder().signWith(HS256, "hunter22abc"); }', "literal"),
        ('void f() { Algorithm.HMAC256("hunter22abc"); }', "literal"),
    ],
)
def test_code_reads_falls_back_or_spells_out(body: str, kind: str) -> None:
    found = told(body)
    for name in ("read", "defaults", "literal"):
        assert bool(found[name]) is (name == kind), name


def test_a_value_that_the_settings_give_is_judged_there() -> None:
    found = told('@Value("${jwt.secret}") String s;', "jwt.secret: hunter22")
    assert found["read"] == []
    assert len(found["literal"]) == 1  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "body",
    [
        'public static final String USER_TOKEN = "ShopUserToken";',
        'void f() { u.setPassword("[PROTECTED]"); }',
        'static final String PASSWORD_FIELD = "password";',
    ],
)
def test_names_and_masks_are_no_secrets(body: str) -> None:
    found = told(f'@Value("${{x.secret}}") String s;\n{body}')
    assert found["literal"] == []


@pytest.mark.parametrize(("build", "stored"), [(pom("spring-cloud-starter-vault-config"), True), ("<project/>", False)])  # fmt: skip
def test_a_store_counts_where_the_build_brings_its_client(build: str, stored: bool) -> None:
    found = told(settings="spring.config.import: 'vault://'\nx.secret: ${X}", build=build)
    assert bool(found["store"]) is stored


def test_false_green_a_store_that_nothing_reads_from_is_none() -> None:
    imports = "import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;"
    made = "SecretsManagerClient c = SecretsManagerClient.builder().build();"
    assert told(f'{made} @Value("${{x.secret}}") String s;', imports=imports)["store"] == []
    read = f"{made} String f() {{ return c.getSecretValue(r).secretString(); }}"
    assert told(read, imports=imports)["store"]


def test_classes_of_properties_are_read() -> None:
    props = 'package shop;\n@ConfigurationProperties("pay")\n@Component public class Pay {\nprivate String apiKey;\nprivate String secret = "hunter22";\n}\n'
    repo = service("Pay pay;", more={f"{TOP}/Pay.java": props})
    found = facts(secret_settings, repo)
    assert found["read"] == [f"{TOP}/Pay.java:4 pay.apiKey"]
    assert found["defaults"] == [f"{TOP}/Pay.java:5 pay.secret"]


def test_a_service_without_secrets_leaves_it_open() -> None:
    assert problems(evidence(secret_settings, service())) == ["vacuous"]


def test_how_long_a_token_holds_is_no_secret() -> None:
    line = "jwt.token-validity-in-seconds-for-remember-me: 2592000"
    assert told(settings=f"{line}\nx.secret: ${{X}}")["literal"] == []


def test_every_service_of_a_build_is_judged_by_its_own_settings() -> None:
    repo = {"pom.xml": "<project/>"}
    for name, value in (("orders", "hunter22"), ("stock", "${STOCK_PASSWORD}")):
        folder = f"{name}/src/main"
        repo |= {
            f"{name}/pom.xml": "<project/>",
            f"{folder}/java/{name}/App.java": f"package {name};\n@SpringBootApplication class App {{ }}\n",
            f"{folder}/resources/application.yml": f"spring.datasource.password: {value}\n",
        }
    found = facts(secret_settings, repo)
    assert found["literal"] == [
        "orders/src/main/resources/application.yml:1 spring.datasource.password"
    ]
    assert found["read"] == [
        "stock/src/main/resources/application.yml:1 spring.datasource.password"
    ]
