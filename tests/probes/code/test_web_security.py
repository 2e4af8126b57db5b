"""What code.web_security says of headers, cookies and other origins, and of what is there and holds nothing."""

from __future__ import annotations

import pytest

from auditor.model.evidence import ProblemKind, Value
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.code.web_security import web_security

APP = "from fastapi import FastAPI\n\napp = FastAPI()\n"
PACKAGE = '{"scripts": {"start": "node index.js"}}'


def seen(files: dict[str, str]) -> dict[str, Value]:
    """The facts that say something, without the part that all keys have in common."""
    facts = values(run_probe(web_security, repo=files))
    return {k.removeprefix("web_security."): v for k, v in facts.items() if v not in ([], True)}


def python(text: str, **files: str) -> dict[str, Value]:
    return seen({"app.py": APP + text} | {f"{n}.py": t for n, t in files.items()})


def script(text: str, **files: str) -> dict[str, Value]:
    return seen(
        {"package.json": PACKAGE, "index.js": text} | {f"{n}.js": t for n, t in files.items()}
    )


def go(body: str, imports: str = '"net/http"') -> dict[str, Value]:
    text = f"package main\n\nimport (\n{imports}\n)\n\nfunc main() {{\n{body}\n}}\n"
    return seen({"go.mod": "module a.test/b\n", "main.go": text})


SESSION = "from starlette.middleware.sessions import SessionMiddleware\n\napp.add_middleware(SessionMiddleware, secret_key=k, {})\n"


def test_a_present_guard_is_told_where_it_is_applied() -> None:
    text = (
        "const helmet = require('helmet');\nconst app = require('express')();\napp.use(helmet());\n"
    )
    assert script(text) == {"headers": ["index.js:3 helmet"]}


def test_missing_guards_give_empty_lists() -> None:
    facts = values(run_probe(web_security, repo={"app.py": APP}))
    assert facts.pop("web_security.followed") is True
    assert len(facts) == 7
    assert all(v == [] for v in facts.values())


def test_nothing_to_look_at_is_a_problem() -> None:
    evidence = run_probe(web_security, repo={"README.md": "x"})
    assert values(evidence) == {"web_security.followed": False}
    assert problems(evidence) == ["vacuous"]


def test_a_malformed_file_leaves_absence_open() -> None:
    evidence = run_probe(web_security, repo={"app.py": APP + "import b\n", "b.py": "x\x00\n"})
    assert values(evidence) == {"web_security.followed": True}
    assert problems(evidence) == ["malformed"]


def test_a_denied_file_leaves_absence_open() -> None:
    files = {"app.py": APP + "import b\n", "b.py": Trouble(ProblemKind.DENIED, "no")}
    assert "web_security.weak_cookies" not in values(run_probe(web_security, repo=files))


def test_source_in_a_language_that_is_not_followed_is_said_so() -> None:
    evidence = run_probe(web_security, repo={"src/main.rs": "fn main() {}\n"})
    assert values(evidence) == {"web_security.followed": False}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("const helmet = require('helmet');\n", None),
        ("const helmet = require('helmet');\nconst h = helmet();\n", "nothing applies it"),
        ("const helmet = require('helmet');\nif (process.env.NODE_ENV === 'development') { app.use(helmet()); }\n", "not in production"),
        ("const helmet = require('helmet');\napp.use(helmet({ contentSecurityPolicy: false }));\n", "contentSecurityPolicy is switched off"),
    ],
)  # fmt: skip
def test_false_green_a_guard_that_holds_nothing_is_ineffective(
    text: str, expected: str | None
) -> None:
    found = script(text)
    if expected is None:
        assert found == {}
        return
    assert expected in str(found["headers_ineffective"])
    assert ("headers" in found) is ("switched off" in expected)


def test_a_guard_of_another_file_is_applied_where_it_is_imported() -> None:
    own = (
        "const helmet = require('helmet');\nconst guard = helmet();\nmodule.exports = { guard };\n"
    )
    assert script("const { guard } = require('./own');\napp.use(guard);\n", own=own) == {
        "headers": ["own.js:2 helmet"]
    }


def test_false_green_headers_that_nothing_calls_are_ineffective() -> None:
    own = "def guard(response):\n    response.headers['X-Frame-Options'] = 'DENY'\n"
    assert python("import own\n", own=own) == {
        "headers_ineffective": ["own.py:2 sets X-Frame-Options: nothing calls guard"]
    }
    assert python("import own\nown.guard(1)\n", own=own) == {
        "headers": ["own.py:2 sets X-Frame-Options"]
    }
    assert python("if request.headers.get('X-Frame-Options'):\n    pass\n") == {}


def test_go_headers_for_development_alone_are_ineffective() -> None:
    body = 's := secure.New(secure.Options{FrameDeny: true, IsDevelopment: true})\nhttp.ListenAndServe(":1", s.Handler(m))'
    imports = '"net/http"\n"github.com/unrolled/secure"'
    assert "development alone" in str(go(body, imports)["headers_ineffective"])
    assert "headers" in go(body.replace(", IsDevelopment: true", ""), imports)


@pytest.mark.parametrize(
    ("options", "weak"),
    [
        ("https_only=False", "Secure"),
        ("max_age=1", "Secure"),
        ("https_only=True", ""),
        ("https_only=not settings.DEBUG", ""),
        ("https_only=True, same_site=None", "SameSite"),
    ],
)
def test_sessions_of_starlette(options: str, weak: str) -> None:
    found = python(SESSION.format(options))
    assert str(found.get("weak_cookies", [])).count("without") == bool(weak)
    assert weak in str(found.get("weak_cookies"))


def test_a_flag_that_hangs_on_an_open_setting_is_told_apart() -> None:
    found = python("import os\n" + SESSION.format("https_only=os.environ.get('SECURE') == 'x'"))
    assert "weak_cookies" not in found
    assert "unclear" in found


@pytest.mark.parametrize(
    ("call", "weak"),
    [
        ("response.set_cookie('session', v)", "cookie session without Secure, HttpOnly"),
        ("response.set_cookie(key='access_token', value=v, httponly=True, secure=True)", ""),
        ("response.set_cookie('theme', v)", ""),
        ("response.set_cookie('csrftoken', v, secure=True)", ""),
        ("response.set_cookie('session', '', max_age=0)", ""),
        (
            "response.set_cookie('session', v, httponly=True, secure=True, samesite=None)",
            "without SameSite",
        ),
    ],
)
def test_cookies_of_python(call: str, weak: str) -> None:
    found = python(f"\n\n@app.get('/')\ndef route(response):\n    {call}\n")
    assert weak in str(found.get("weak_cookies", "")) if weak else "weak_cookies" not in found


def test_the_name_of_a_cookie_may_be_a_constant_of_another_file() -> None:
    text = "from names import COOKIE\n\n\n@app.get('/')\ndef route(response):\n    response.set_cookie(COOKIE, v)\n"
    assert "cookie sid without" in str(python(text, names="COOKIE = 'sid'\n")["weak_cookies"])


@pytest.mark.parametrize(
    ("call", "weak"),
    [
        ("res.cookie('token', t)", "Secure, HttpOnly, SameSite"),
        ("res.cookie('token', t, { httpOnly: true, secure: true, sameSite: 'lax' })", ""),
        ("res.cookie('token', t, { httpOnly: true, secure: process.env.NODE_ENV === 'production', sameSite: 'lax' })", ""),
        ("const o = { httpOnly: true };\nres.cookie('token', t, o)", "Secure, SameSite"),
        ("app.use(session({ secret: s, cookie: { secure: false, sameSite: 'lax' } }))", "Secure"),
        ("app.use(session({ secret: s }))", "Secure, SameSite"),
        ("app.use(session({ cookie: { secure: 'auto', sameSite: 'strict' } }))", ""),
    ],
)  # fmt: skip
def test_cookies_of_scripts(call: str, weak: str) -> None:
    found = script(
        f"const session = require('express-session');\nconst app = require('express')();\n{call};\n"
    )
    assert (
        f"without {weak}" in str(found.get("weak_cookies", ""))
        if weak
        else "weak_cookies" not in found
    )


def test_options_that_are_made_elsewhere_are_not_guessed() -> None:
    found = script(
        "const { o } = require('./own');\nres.cookie('token', t, o);\n",
        own="module.exports = { o: make() };\n",
    )
    assert "weak_cookies" not in found
    assert "unclear" in found


@pytest.mark.parametrize(
    ("body", "weak"),
    [
        ('c := &http.Cookie{Name: "session", Value: v}\nhttp.SetCookie(w, c)', "Secure, HttpOnly, SameSite"),
        ('http.SetCookie(w, &http.Cookie{Name: "session", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})', ""),
        ('c := &http.Cookie{Name: "session", HttpOnly: true, SameSite: http.SameSiteLaxMode}\nc.Secure = true', ""),
        ('c.SetCookie("token", v, 3600, "/", "", false, true)', "Secure"),
        ('c.SetCookie("token", v, 3600, "/", "", true, true)', ""),
        ('c.SetCookie("token", "", -1, "/", "", false, false)', ""),
    ],
)  # fmt: skip
def test_cookies_of_go(body: str, weak: str) -> None:
    found = go(body)
    assert (
        f"without {weak}" in str(found.get("weak_cookies", ""))
        if weak
        else "weak_cookies" not in found
    )


CORS = (
    "from fastapi.middleware.cors import CORSMiddleware\n\napp.add_middleware(CORSMiddleware, {})\n"
)


@pytest.mark.parametrize(
    ("options", "fact"),
    [
        ("allow_origins=['*'], allow_credentials=True", "open_cors"),
        ("allow_origin_regex='.*', allow_credentials=True", "open_cors"),
        ("allow_origins=['*']", "any_origin"),
        ("allow_origins=['https://a.test'], allow_credentials=True", ""),
    ],
)
def test_origins_of_starlette(options: str, fact: str) -> None:
    assert list(python(CORS.format(options))) == ([fact] if fact else [])


@pytest.mark.parametrize(
    ("options", "fact"),
    [
        ("{ origin: true, credentials: true }", "open_cors"),
        ("{ origin: (o, cb) => cb(null, true), credentials: true }", "open_cors"),
        ("{ origin: '*', credentials: true }", "any_origin"),
        ("", "any_origin"),
        ("{ origin: allowed, credentials: true }", ""),
    ],
)
def test_origins_of_express(options: str, fact: str) -> None:
    found = script(
        f"const cors = require('cors');\nconst app = require('express')();\napp.use(cors({options}));\n"
    )
    assert list(found) == ([fact] if fact else [])


def test_origins_and_cookies_of_java() -> None:
    text = """\
package a.b;
import jakarta.servlet.http.Cookie;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.web.cors.CorsConfiguration;
@SpringBootApplication
public class App {
  public static void main(String[] args) { SpringApplication.run(App.class, args); }
  void f(HttpSecurity http) {
    Cookie c = new Cookie("session", "x");
    c.setHttpOnly(true);
    CorsConfiguration q = new CorsConfiguration();
    q.addAllowedOriginPattern("*");
    q.setAllowCredentials(true);
    http.headers(h -> h.disable());
  }
}
"""
    found = seen({"pom.xml": "<project/>", "src/main/java/a/b/App.java": text})
    assert "cookie session without Secure, SameSite" in str(found["weak_cookies"])
    assert "every origin, with cookies" in str(found["open_cors"])
    assert "are disabled" in str(found["headers_ineffective"])


DJANGO = {
    "manage.py": "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.settings')\nexecute_from_command_line(a)\n",
    "site/__init__.py": "",
}
APPS = "INSTALLED_APPS = ['django.contrib.sessions']\nMIDDLEWARE = ['django.middleware.security.SecurityMiddleware']\n"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("", "session cookie without Secure; no settings name SESSION_COOKIE_SECURE"),
        ("SESSION_COOKIE_SECURE = True\n", ""),
        ("SESSION_COOKIE_SECURE = False\n", "without Secure"),
        ("SESSION_COOKIE_SECURE = env.bool('X', default=True)\n", ""),
        ("SESSION_COOKIE_SECURE = not DEBUG\n", ""),
        ("SESSION_COOKIE_SECURE = True\nSESSION_COOKIE_HTTPONLY = False\n", "without HttpOnly"),
    ],
)
def test_sessions_of_django(settings: str, said: str) -> None:
    found = seen(DJANGO | {"site/settings.py": APPS + settings})
    assert said in str(found.get("weak_cookies", "")) if said else "weak_cookies" not in found


def test_settings_for_production_decide_and_those_from_elsewhere_leave_it_open() -> None:
    files = DJANGO | {
        "site/settings/__init__.py": "from site.settings.base import *\n",
        "site/settings/base.py": APPS,
    }
    assert "weak_cookies" in seen(files)
    honest = files | {
        "site/settings/production.py": "from .base import *\nSESSION_COOKIE_SECURE = True\n"
    }
    assert "weak_cookies" not in seen(honest)
    hidden = files | {"site/settings/production.py": "from .base import *\nvars().update(read())\n"}
    assert "weak_cookies" not in seen(hidden)
    assert "unclear" in seen(hidden)
    local = files | {
        "site/settings/local.py": "from .base import *\nSESSION_COOKIE_SECURE = True\n"
    }
    assert "weak_cookies" in seen(local)


def test_false_green_settings_of_django_need_their_middleware() -> None:
    with_it = seen(
        DJANGO
        | {
            "site/settings.py": APPS
            + "SECURE_HSTS_SECONDS = 31536000\nSESSION_COOKIE_SECURE = True\n"
        }
    )
    assert "strict-transport-security" in str(with_it["headers"])
    bare = seen(DJANGO | {"site/settings.py": "SECURE_HSTS_SECONDS = 31536000\n"})
    assert "SecurityMiddleware is not among" in str(bare["headers_ineffective"])


def test_talisman_guards_the_session_of_flask() -> None:
    app = "from flask import Flask, session\n\napp = Flask(__name__)\n\n\n@app.get('/')\ndef a():\n    session['x'] = 1\n"
    assert "session cookie without Secure, SameSite" in str(seen({"app.py": app})["weak_cookies"])
    guarded = "from flask_talisman import Talisman\n" + app + "\n\nTalisman(app)\n"
    assert "weak_cookies" not in seen({"app.py": guarded})
    off = guarded.replace("Talisman(app)", "Talisman(app, session_cookie_secure=False)")
    assert "without Secure" in str(seen({"app.py": off})["weak_cookies"])


def test_cookies_that_are_written_as_a_text_are_told_apart() -> None:
    assert "unclear" in go('w.Header().Set("Set-Cookie", made)')
