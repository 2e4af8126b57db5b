"""Which commands are tests, checks and deployments, and which options take their teeth."""

from __future__ import annotations

import pytest

from auditor.formats.ci.ci_commands import CiCommand, CommandKind, find_commands
from auditor.formats.shell.shell_fate import ShellOptions

GITHUB = ShellOptions(errexit=True, pipefail=False)


def found(script: str) -> tuple[CiCommand, ...]:
    return find_commands(script, GITHUB)


TESTS = """
pytest
pytest -x --cov=app tests/
python -m pytest -q
python3.12 -W error -m pytest
./.venv/bin/pytest
py.test
CI=1 PYTHONPATH=. pytest
poetry run pytest
uv run --group dev pytest -n auto
uv run --with pytest-cov -m pytest
pipenv run python -m pytest
hatch run test
hatch test
pdm run pytest
coverage run -m pytest
coverage run --source app -m unittest discover
python -m coverage run -m pytest
coverage run manage.py test
python manage.py test
python -m unittest discover
tox
tox -e py312
python -m tox -- -rfsEX
nox -s tests
sudo -u app timeout 600 pytest
xvfb-run -a pytest
docker run --rm -e CI=1 -v $PWD:/x image:1 pytest -q
docker compose run --rm web pytest
docker compose -f ci.yml exec -T web python manage.py test
docker-compose run web npm test
npm test
npm t
npm run test:unit
npm run test -- --coverage
npm --prefix web test
npm test --workspace=api
npm run e2e
yarn test
yarn workspace web test
pnpm -r test
pnpm --filter web run test
bun test
npx jest --ci
npx playwright test
npx vitest run
npx cypress run
yarn jest
node --test
deno test
go test ./...
go test -race -count=1 ./...
gotestsum --format testname
mvn test
./mvnw -B verify
mvn --batch-mode clean install
./gradlew test
./gradlew :api:integrationTest
gradle build
cargo test --all
cargo +nightly nextest run
dotnet test --no-build
make test
make -j4 unit-test
make test-integration
just test
rake spec
bundle exec rspec
bin/rails test
vendor/bin/phpunit
php artisan test
composer test
mix test
sbt test
swift test
flutter test
ctest --output-on-failure
bazel test //...
bats tests
./scripts/test.sh
bash scripts/run_tests.sh
script/test
ct install
newman run api.json
nx run-many -t test
turbo run test
""".strip().splitlines()


@pytest.mark.parametrize("script", TESTS)
def test_a_command_that_runs_tests(script: str) -> None:
    assert [(command.kind, command.can_fail) for command in found(script)] == [
        (CommandKind.TEST, True)
    ]


NOTHING = """
pip install pytest
echo pytest
echo "npm test"
# pytest
which pytest
sudo apt-get install -y trivy bandit
npm ci
npm install jest
yarn add --dev vitest
npx playwright install --with-deps
docker build -t org/pytest .
docker pull aquasec/trivy
cat tests/pytest.ini
git commit -m "make test pass"
mkdir tests
cd tests
export TEST=1
pytest=1
go build ./...
cargo build
mvn clean
make build
make clean
ssh-keyscan host
ssh-add key
terraform plan
terraform init
kubectl get pods
helm repo add x y
helm template .
docker compose up -d
aws s3 ls
gcloud auth login
printf 'pytest\\n'
tox_version=4
npm run build
coverage report
coverage xml
pre-commit install
""".strip().splitlines()


@pytest.mark.parametrize("script", NOTHING)
def test_a_command_that_only_names_a_tool_is_not_one(script: str) -> None:
    assert found(script) == ()


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        ("ruff check .", CommandKind.LINT),
        ("ruff .", CommandKind.LINT),
        ("python -m ruff check --output-format=github", CommandKind.LINT),
        ("flake8 src", CommandKind.LINT),
        ("pylint app", CommandKind.LINT),
        ("npx eslint . --max-warnings 0", CommandKind.LINT),
        ("npm run lint", CommandKind.LINT),
        ("yarn lint:js", CommandKind.LINT),
        ("golangci-lint run ./...", CommandKind.LINT),
        ("cargo clippy -- -D warnings", CommandKind.LINT),
        ("pre-commit run --all-files", CommandKind.LINT),
        ("tox -e lint", CommandKind.LINT),
        ("tox -e py312-lint", CommandKind.LINT),
        ("make lint", CommandKind.LINT),
        ("hadolint Dockerfile", CommandKind.LINT),
        ("black --check .", CommandKind.FORMAT),
        ("ruff format --check", CommandKind.FORMAT),
        ("isort -c .", CommandKind.FORMAT),
        ("npx prettier --check .", CommandKind.FORMAT),
        ("cargo fmt --all -- --check", CommandKind.FORMAT),
        ("mypy .", CommandKind.TYPES),
        ("poetry run mypy --strict app", CommandKind.TYPES),
        ("pyright", CommandKind.TYPES),
        ("npx tsc --noEmit", CommandKind.TYPES),
        ("npm run typecheck", CommandKind.TYPES),
        ("npm run type-check", CommandKind.TYPES),
        ("nox -s mypy", CommandKind.TYPES),
        ("bandit -r app -ll", CommandKind.SCAN),
        ("python -m bandit -r app", CommandKind.SCAN),
        ("trivy image --exit-code 1 app:1", CommandKind.SCAN),
        ("docker run --rm aquasec/trivy:0.50 fs --exit-code=1 .", CommandKind.SCAN),
        ("gitleaks detect --no-banner", CommandKind.SCAN),
        ("docker run -v $PWD:/p zricethezav/gitleaks:latest detect -s /p", CommandKind.SCAN),
        ("pip-audit -r requirements.txt", CommandKind.SCAN),
        ("python -m pip_audit", CommandKind.SCAN),
        ("uvx pip-audit", CommandKind.SCAN),
        ("npm audit --audit-level=high", CommandKind.SCAN),
        ("semgrep ci", CommandKind.SCAN),
        ("semgrep scan --config auto --error", CommandKind.SCAN),
        ("grype app:1 --fail-on high", CommandKind.SCAN),
        ("docker run -t ghcr.io/zaproxy/zaproxy:stable zap-baseline.py -t x", CommandKind.SCAN),
        ("govulncheck ./...", CommandKind.SCAN),
        ("safety check", CommandKind.SCAN),
        ("snyk test", CommandKind.SCAN),
        ("kubectl apply -f k8s/", CommandKind.DEPLOY),
        ("kustomize build . | kubectl apply -f -", CommandKind.DEPLOY),
        ("kubectl -n prod set image deploy/x x=y", CommandKind.DEPLOY),
        ("kubectl rollout restart deploy/x", CommandKind.DEPLOY),
        ("helm upgrade --install app chart", CommandKind.DEPLOY),
        ("terraform apply -auto-approve", CommandKind.DEPLOY),
        ("terraform -chdir=infra apply plan.out", CommandKind.DEPLOY),
        ("argocd app sync app", CommandKind.DEPLOY),
        ("aws ecs update-service --cluster c", CommandKind.DEPLOY),
        ("aws --region eu ecs update-service --cluster c", CommandKind.DEPLOY),
        ("gcloud run deploy app --image x", CommandKind.DEPLOY),
        ("gcloud --quiet app deploy", CommandKind.DEPLOY),
        ("flyctl deploy --remote-only", CommandKind.DEPLOY),
        ("az webapp deploy --name x", CommandKind.DEPLOY),
        ("ssh user@host 'docker compose pull && docker compose up -d'", CommandKind.DEPLOY),
        ("ssh host <<EOF\ncd /srv\ngit pull\nEOF", CommandKind.DEPLOY),
        ("rsync -av dist/ user@host:/srv", CommandKind.DEPLOY),
        ("ansible-playbook -i inv site.yml", CommandKind.DEPLOY),
        ("npx wrangler deploy", CommandKind.DEPLOY),
        ("vercel deploy --prod", CommandKind.DEPLOY),
        ("make deploy-prod", CommandKind.DEPLOY),
        ("./scripts/deploy.sh prod", CommandKind.DEPLOY),
        ("npm run deploy", CommandKind.DEPLOY),
        ("serverless deploy", CommandKind.DEPLOY),
        ("docker push app:1", CommandKind.PUBLISH),
        ("docker buildx build --push -t x .", CommandKind.PUBLISH),
        ("twine upload dist/*", CommandKind.PUBLISH),
        ("npm publish", CommandKind.PUBLISH),
        ("mvn -B deploy", CommandKind.PUBLISH),
        ("gh release create v1", CommandKind.PUBLISH),
        ("k6 run load.js", CommandKind.LOAD),
        ("locust --headless -f l.py", CommandKind.LOAD),
    ],
)
def test_other_kinds_are_told_apart(script: str, kind: CommandKind) -> None:
    assert [(command.kind, command.can_fail) for command in found(script)] == [(kind, True)]


TOOTHLESS = """
pytest --collect-only
pytest --co -q
pytest --version
tox -l
tox --notest
tox list
nox --list
npx jest --listTests
npx playwright test --list
go test -run='^$' -bench=. ./...
go test -c ./pkg
mvn -DskipTests package
mvn verify -Dmaven.test.failure.ignore=true
mvn -fn test
./gradlew build -x test
cargo test --no-run
dotnet test --list-tests
make -n test
make -i test
ctest -N
flake8 . --exit-zero
ruff check --exit-zero .
ruff check -e .
ruff check --fix .
pylint --fail-under=0 app
golangci-lint run --issues-exit-code=0
npx eslint --fix .
npm run lint:fix
black .
isort .
ruff format
npx prettier --write .
bandit -r . --exit-zero
trivy image app:1
trivy fs --exit-code 0 .
gitleaks detect --exit-code 0
npm audit fix
semgrep --config auto .
grype app:1
zap-baseline.py -t x -I
safety check --continue-on-error
trufflehog git file://.
checkov -d . --soft-fail
detect-secrets scan
pip-audit --dry-run
kubectl apply --dry-run=client -f k8s
kubectl apply -f k8s --dry-run=server
helm upgrade --dry-run app .
ansible-playbook --check site.yml
""".strip().splitlines()


@pytest.mark.parametrize("script", TOOTHLESS)
def test_an_option_can_take_a_commands_teeth(script: str) -> None:
    (command,) = found(script)
    assert not command.can_fail
    assert command.why_not
