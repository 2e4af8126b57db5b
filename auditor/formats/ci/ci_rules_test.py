"""Commands that run tests: by the test runner itself, or through a script that is named so."""

from __future__ import annotations

from auditor.formats.ci.ci_rules import CommandKind, option, read_rules

_NAME = r"(?:[a-zA-Z0-9.]+[-_:])*(?:tests?|e2e|specs?|jest|vitest|cypress|playwright|coverage)(?:[-_:][\w.:-]*)?"
_WHERE = r"(?: (?:--filter|--cwd|--prefix|--workspace|--dir|-C|-F|-w) \S+| workspace \S+| -\S+)*"
_SCRIPT = rf"(?:npm|pnpm|yarn|bun){_WHERE}(?: run(?:-script)?)?{_WHERE}"
_RUNNERS = r"(?:just|task|inv|invoke|rake|nx|turbo|lerna|moon|ng|deno task|composer|hatch run)"
_NO_RUN = option("-n|--dry-run|--just-print|--recon|-i|--ignore-errors|-q|--question")
_NO_MAVEN_TEST = (
    r"-DskipTests(?!=false)|-Dmaven\.test\.(?:skip|failure\.ignore)(?!=false)|"
    + option("-fn|--fail-never")
)
_NO_GRADLE_TEST = option(r"(?:-x|--exclude-task) (?:\S*:)?(?:test|check)|-m|--dry-run")

RUNNER_RULES = read_rules(
    CommandKind.TEST,
    rf"""
    pytest :: pytest|py\.test :: --(?:collect-only|co|fixtures|markers|setup-only|setup-plan)\b
    unittest :: unittest
    manage.py :: (?:\S*/)?manage\.py test|django-admin test|setup\.py test
    tox :: tox (?:list|l|config|c|devenv|d) :: .
    tox :: tox :: {option("-a|-l|--listenvs-all|--listenvs|--notest|--devenv|--showconfig")}
    nox :: nox :: {option("-l|--list|--list-sessions|--install-only")}
    python :: nose2|nosetests|green|ward|trial|behave|robot|hatch test
    jest :: jest|react-scripts test :: --(?:listTests|showConfig|init)\b
    vitest :: vitest(?: run| related)?(?! list| init) :: --list\b
    javascript :: mocha|ava|tape|karma start|wtr|web-test-runner|ng test|deno test|bun test
    node --test :: node(?: -\S+)* --test
    playwright :: playwright test :: --list\b
    cypress :: cypress run
    api :: newman run|schemathesis run|st run|dredd|pact-verifier
    go test :: go test :: {option("-c|-n")}|-list\b|{option(r"-run[= ]['^]*(?:[$]|NONE|XXX|#)[$']*")}
    go test :: gotestsum|ginkgo|richgo test :: --dry-run\b
    maven :: (?:mvnw?|mvnd)(?: \S+)* (?:test|verify|install|package|integration-test) :: {_NO_MAVEN_TEST}
    maven :: (?:mvnw?|mvnd)(?: \S+)* (?:surefire:test|failsafe:verify) :: {_NO_MAVEN_TEST}
    gradle :: gradlew?(?: \S+)* (?:\S*:)?(?:test|check|build|\w+Test\w*) :: {_NO_GRADLE_TEST}
    jvm :: sbt(?: \S+)* (?:\S+:)?test|lein test|clojure -M:test|mill \S*test
    cargo test :: cargo(?: \+\S+)? (?:test|t|nextest run|llvm-cov|tarpaulin) :: --no-run| -- --list
    dotnet test :: dotnet (?:test|vstest) :: {option("--list-tests|-t")}
    ctest :: ctest :: {option("-N|--show-only")}
    meson test :: meson test|ninja(?: \S+)* test :: --list\b
    bazel test :: bazel(?:isk)?(?: -\S+)* (?:test|coverage)|pants(?: -\S+)* test|buck2? test
    ruby :: rspec|rails test\S*|cucumber|minitest :: --dry-run\b
    php :: phpunit|pest|codecept run|behat|(?:php )?artisan test :: --list-\S+
    beam :: mix test\S*|rebar3 (?:ct|eunit)
    mobile :: swift test|xcodebuild(?: \S+)* test|fastlane (?:test|scan)|flutter test|dart test
    haskell :: stack test|cabal (?:new-)?test :: --no-run-tests\b
    shell :: bats|shellspec|prove|busted|zunit
    infra :: helm unittest|ct install|molecule test|terraform test|opa test
    """,
)

SCRIPT_RULES = read_rules(
    CommandKind.TEST,
    rf"""
    npm test :: (?:npm|pnpm|yarn|bun){_WHERE} (?:t|tst)
    npm test :: yarn workspaces foreach(?: -\S+(?: [^-\s]\S*)?)*? run {_NAME} :: --(?:listTests|list)\b
    npm test :: {_SCRIPT} {_NAME} :: --(?:listTests|list)\b
    make :: g?make(?: \S+)*? {_NAME} :: {_NO_RUN}
    task :: {_RUNNERS}(?: \S+)*? (?:[\w-]+:)?{_NAME} :: {_NO_RUN}
    script :: (?:\S*/)?(?:[a-z]+[-_])*tests?(?:[-_][a-zA-Z0-9]+)*\.(?:sh|bash|py|js|mjs|ts|ps1|rb)
    script :: \S*/(?:run[-_])?tests?(?:[-_][a-zA-Z0-9]+)*
    """,
    delegated=True,
)

LOAD_RULES = read_rules(
    CommandKind.LOAD,
    r"""
    k6 :: k6 (?:run|cloud)
    locust :: locust
    artillery :: artillery run
    others :: jmeter|gatling\S*|vegeta attack|wrk2?|hey|oha|ab
    """,
)
