"""What a Java service reaches: imports, its own package, beans that a container finds, resource files."""

from __future__ import annotations

import pytest

from auditor.code.reach.closure import Closure
from auditor.probing.code.code_reading import code_of, reachable
from auditor.probing.testing import make_context

TOP = "src/main/java/shop"
APP = "package shop;\n@SpringBootApplication\npublic class App {\n  public static void main(String[] a) { SpringApplication.run(App.class, a); }\n}\n"
POM = "<project><artifactId>shop</artifactId></project>"


def java(package: str, name: str, body: str = "", before: str = "") -> str:
    """The text of a class."""
    return f"package {package};\n{before}\npublic class {name} {{\n{body}\n}}\n"


def closure(files: dict[str, str]) -> Closure:
    """The closure of a made-up service with a build file at its top."""
    return reachable(make_context(repo={"pom.xml": POM} | files))


def names(paths: frozenset[str]) -> set[str]:
    """The names of files without folder and ending."""
    return {p.rpartition("/")[2].partition(".")[0] for p in paths if p.endswith(".java")}


def test_imports_the_own_package_and_full_names_are_followed() -> None:
    found = closure({
        f"{TOP}/Main.java": java("shop", "Main", "public static void main(String[] a) { new Near(); shop.far.Full.go(); }", "import shop.far.Far;\nimport shop.wild.*;"),
        f"{TOP}/Near.java": java("shop", "Near", "Wild w;", "import shop.wild.*;"),
        f"{TOP}/Unused.java": java("shop", "Unused"),
        f"{TOP}/far/Far.java": java("shop.far", "Far", "int n; // Ignored"),
        f"{TOP}/far/Full.java": java("shop.far", "Full"),
        f"{TOP}/far/Ignored.java": java("shop.far", "Ignored"),
        f"{TOP}/wild/Wild.java": java("shop.wild", "Wild"),
        f"{TOP}/wild/Other.java": java("shop.wild", "Other"),
        f"{TOP}/package-info.java": "package shop;\n",
    })  # fmt: skip
    assert names(frozenset(found.starts)) == {"Main"}
    assert names(found.reachable) == {"Main", "Near", "Far", "Full", "Wild"}
    assert names(found.unreachable) == {"Unused", "Ignored", "Other"}


def test_spring_finds_the_components_below_the_package_of_the_application() -> None:
    found = closure({
        f"{TOP}/App.java": APP,
        f"{TOP}/web/Api.java": java("shop.web", "Api", "Used u;", "@RestController"),
        f"{TOP}/web/Used.java": java("shop.web", "Used"),
        f"{TOP}/web/Own.java": "package shop.web;\n@Service\npublic @interface Own {}\n",
        f"{TOP}/web/Marked.java": java("shop.web", "Marked", "", "@Own"),
        f"{TOP}/web/Plain.java": java("shop.web", "Plain"),
        f"{TOP}/web/Orders.java": "package shop.web;\ninterface Orders extends JpaRepository<A, Long> {}\n",
        "src/main/java/other/Aside.java": java("other", "Aside", "", "@Service"),
        "src/test/java/shop/AppTests.java": java("shop", "AppTests", "Plain p;", "import shop.web.Plain;"),
    })  # fmt: skip
    assert names(found.reachable) == {"App", "Api", "Used", "Own", "Marked", "Orders"}
    assert names(found.unreachable) == {"Plain", "Aside"}


@pytest.mark.parametrize(
    "scan",
    [
        '@SpringBootApplication(scanBasePackages = {"shop", "other"})',
        '@SpringBootApplication\n@ComponentScan("other.*")',
        "@SpringBootApplication\n@ComponentScan(basePackageClasses = other.Mark.class)",
    ],
)
def test_other_packages_are_scanned_where_the_application_says_so(scan: str) -> None:
    found = closure({
        f"{TOP}/App.java": APP.replace("@SpringBootApplication", scan),
        "src/main/java/other/Bean.java": java("other", "Bean", "", "@Component"),
        "src/main/java/other/Mark.java": java("other", "Mark"),
    })  # fmt: skip
    assert "Bean" in names(found.reachable)


@pytest.mark.parametrize(
    ("annotation", "settings", "where"),
    [
        ('@Profile("dev")', "", "perhaps"),
        ('@Profile("!dev")', "", "reachable"),
        ('@Profile("prod")', "", "reachable"),
        ('@ConditionalOnProperty("x.on")', "", "perhaps"),
        ('@ConditionalOnProperty("x.on")', "x.on=true\n", "reachable"),
        ('@ConditionalOnProperty("x.on")', "x.on=false\n", "perhaps"),
        ('@ConditionalOnProperty(prefix = "x", name = "on", havingValue = "b")', "x.on=a\n", "perhaps"),
        ('@ConditionalOnProperty(name = "x.on", matchIfMissing = true)', "", "reachable"),
    ],
)  # fmt: skip
def test_a_bean_under_a_condition_that_may_be_off_is_reachable_perhaps(
    annotation: str, settings: str, where: str
) -> None:
    found = closure({
        f"{TOP}/App.java": APP,
        f"{TOP}/Bean.java": java("shop", "Bean", "", f"{annotation}\n@Component"),
        "src/main/resources/application.properties": settings,
    })  # fmt: skip
    assert "Bean" in names(getattr(found, where))


def test_resource_files_load_what_they_name() -> None:
    found = closure({
        f"{TOP}/App.java": APP,
        f"{TOP}/Auto.java": java("shop", "Auto"),
        f"{TOP}/Service.java": java("shop", "Service"),
        f"{TOP}/Wired.java": java("shop", "Wired"),
        f"{TOP}/Left.java": java("shop", "Left"),
        "src/main/resources/META-INF/spring/org.springframework.boot.autoconfigure.AutoConfiguration.imports": "shop.Auto\n",
        "src/main/resources/META-INF/services/lib.Spi": "shop.Service\n",
        "src/main/resources/beans.xml": '<beans><bean class="shop.Wired"/></beans>',
    })  # fmt: skip
    assert names(found.unreachable) == {"Left"}


def test_only_modules_that_the_application_is_built_with_are_scanned() -> None:
    used = "<dependencies><dependency><artifactId>used</artifactId></dependency></dependencies>"
    found = closure({
        "app/pom.xml": f"<project><parent><artifactId>used</artifactId></parent><artifactId>app</artifactId>{used}</project>",
        "used/pom.xml": "<project><artifactId>used</artifactId></project>",
        "spare/pom.xml": "<project><artifactId>spare</artifactId></project>",
        "app/src/main/java/shop/App.java": APP,
        "used/src/main/java/shop/Bean.java": java("shop", "Bean", "", "@Component"),
        "spare/src/main/java/shop/Spare.java": java("shop", "Spare", "", "@Component"),
    })  # fmt: skip
    assert names(found.reachable) == {"App", "Bean"}
    assert names(found.unreachable) == {"Spare"}


def test_a_module_that_gradle_may_add_is_reachable_perhaps() -> None:
    found = reachable(make_context(repo={
        "app/build.gradle": "apply from: 'more.gradle'\n",
        "app/more.gradle": "dependencies { implementation(project(path: ':used')) // project(':spare')\n}",
        "used/build.gradle": "",
        "spare/build.gradle": "",
        "app/src/main/java/shop/App.java": APP,
        "used/src/main/java/shop/Bean.java": java("shop", "Bean", "", "@Component"),
        "spare/src/main/java/shop/Spare.java": java("shop", "Spare", "", "@Component"),
    }))  # fmt: skip
    assert names(found.reachable) == {"App", "Bean"}
    assert names(found.perhaps) == {"Spare"}


def test_a_main_function_beside_an_application_is_a_tool() -> None:
    tool = java("shop", "Tool", "public static void main(String[] a) { new Part(); }")
    found = closure(
        {
            f"{TOP}/App.java": APP,
            f"{TOP}/Tool.java": tool,
            f"{TOP}/Part.java": java("shop", "Part"),
        }
    )
    assert names(found.unreachable) == {"Tool", "Part"}


def test_quarkus_starts_without_a_main_function() -> None:
    plugin = "<build><plugin><artifactId>quarkus-maven-plugin</artifactId></plugin></build>"
    files = {
        f"{TOP}/Api.java": java("shop", "Api", "", '@Path("/x")'),
        f"{TOP}/Plain.java": java("shop", "Plain"),
    }
    pom = f"<project><artifactId>shop</artifactId>{plugin}</project>"
    assert names(closure(files | {"pom.xml": pom}).reachable) == {"Api"}
    managed = pom.replace("<build>", "<pluginManagement>").replace(
        "</build>", "</pluginManagement>"
    )
    assert closure(files | {"pom.xml": managed}).starts == ()


def test_micronaut_makes_every_bean_of_the_class_path() -> None:
    main = java("shop", "Main", "public static void main(String[] a) { Micronaut.run(Main.class, a); }", "import io.micronaut.runtime.Micronaut;")  # fmt: skip
    found = closure(
        {f"{TOP}/Main.java": main, "src/main/java/b/Bean.java": java("b", "Bean", "", "@Singleton")}
    )
    assert names(found.reachable) == {"Main", "Bean"}


def test_a_servlet_container_loads_what_web_xml_and_annotations_name() -> None:
    found = closure({
        "src/main/webapp/WEB-INF/web.xml": "<web-app><!-- <servlet-class>shop.Off</servlet-class> -->\n<servlet><servlet-class>shop.First</servlet-class></servlet></web-app>",
        f"{TOP}/First.java": java("shop", "First"),
        f"{TOP}/Second.java": java("shop", "Second", "", '@WebServlet("/x")'),
        f"{TOP}/Plain.java": java("shop", "Plain"),
    })  # fmt: skip
    assert names(found.reachable) == {"First", "Second"}


def test_jaxrs_finds_the_resources_of_packages_that_are_named() -> None:
    main = java("shop", "Main", 'public static void main(String[] a) { config.packages("shop.api"); }')  # fmt: skip
    found = closure({
        f"{TOP}/Main.java": main,
        f"{TOP}/api/Api.java": java("shop.api", "Api", "", '@Path("/x")'),
        f"{TOP}/Aside.java": java("shop", "Aside", "", '@Path("/y")'),
    })  # fmt: skip
    assert names(found.reachable) == {"Main", "Api"}
    assert names(found.perhaps) == {"Aside"}


def test_a_search_of_the_class_path_leaves_the_rest_open() -> None:
    main = java("shop", "Main", "public static void main(String[] a) { run(); }", "import org.reflections.Reflections;")  # fmt: skip
    found = closure({f"{TOP}/Main.java": main, f"{TOP}/Found.java": java("shop", "Found")})
    assert names(found.perhaps) == {"Found"}


def test_an_application_that_loads_in_an_unknown_way_is_doubted() -> None:
    files = {f"{TOP}/C{n}.java": java("shop", f"C{n}") for n in range(40)}
    assert "1 of 41 Java files" in closure(files | {f"{TOP}/App.java": APP}).doubts[0]


def test_an_import_that_leads_nowhere_may_be_written_by_a_plugin() -> None:
    text = APP.replace("package shop;", "package shop;\nimport shop.gen.Gone;")
    assert closure({f"{TOP}/App.java": text}).lost == ()


def test_kotlin_is_counted_apart() -> None:
    code = code_of(make_context(repo={f"{TOP}/App.java": APP, "src/main/kotlin/B.kt": "class B"}))
    assert set(code.sizes) == {"java", "kotlin"}
