"""Actions of the marketplace that test or deploy, known by their names."""

from __future__ import annotations

import re

from auditor.formats.ci.github_workflow import Step

_TEST_ACTIONS = re.compile(
    r"cypress-io/github-action|julia-actions/julia-runtest|r-lib/actions/check-r-package"
)
_DEPLOY_ACTIONS = re.compile(
    r"azure/(?:webapps-deploy|functions-action|k8s-deploy|container-apps-deploy-action|static-web-apps-deploy"
    r"|aci-deploy)|aws-actions/(?:amazon-ecs-deploy-task-definition|aws-cloudformation-github-deploy"
    r"|aws-lambda-deploy|amazon-ecs-deploy-express-service)"
    r"|google-github-actions/deploy-(?:cloudrun|appengine|cloud-functions)"
    r"|akhileshns/heroku-deploy|(?:cloudflare|amondnet|nwtgck)/(?:wrangler-action|pages-action|vercel-action"
    r"|actions-netlify)|firebaseextended/action-hosting-deploy|digitalocean/app_action(?:/deploy)?"
    r"|johnbeynon/render-deploy-action|easingthemes/ssh-deploy|burnett01/rsync-deployments"
    r"|samkirkland/ftp-deploy-action|caprover/deploy-from-github|dokku/github-action|deliverybot/helm"
    r"|einaregilsson/beanstalk-deploy|jakejarvis/s3-sync-action|kamal-deploy/\S+",
    re.IGNORECASE,
)
_REMOTE = re.compile(
    r"\s*(?:sudo\s+)?(?:docker(?:[- ]compose)?\s.*\b(?:up|pull|run|update|deploy)\b|systemctl\s+(?:re)?start"
    r"|kubectl\s|helm\s|git\s+pull|pm2\s|(?:bash\s+)?\S*deploy\S*)"
)


def runs_tests(step: Step) -> bool:
    """Whether a step uses an action that runs the tests."""
    name = (step.uses or "").partition("@")[0]
    return _TEST_ACTIONS.fullmatch(name) is not None and step.argument("runTests") != "false"


def deploys(step: Step) -> bool:
    """Whether a step uses an action that deploys, or starts something on a server over SSH."""
    name = (step.uses or "").partition("@")[0]
    if name.endswith("/ssh-action"):
        return any(map(_REMOTE.match, step.argument("script").splitlines()))
    return _DEPLOY_ACTIONS.fullmatch(name) is not None
