"""The headers and limits every answer has."""

from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from flask import Flask, g, request
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

from fulfillment.config import Settings
from fulfillment.web.access import cookie_name, is_api_request, session_secret
from fulfillment.web.context import runtime
from fulfillment.web.forms import VISITOR_COOKIE

MAX_REQUEST_BYTES: Final = 2 * 1024 * 1024
MAX_FORM_PARTS: Final = 2000
HSTS: Final = f"max-age={int(timedelta(days=365).total_seconds())}; includeSubDomains"

# Everything comes from ourselves and nothing is inline, so an injected script or style does nothing. Pico's
# arrows and ticks are data: pictures.
POLICY: Final = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "media-src": "'self' blob:",
    "worker-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "object-src": "'none'",
}


def allow_wasm() -> None:
    """This page may compile WebAssembly: the barcode reader of the scan pages. Call it in the view."""
    g.allow_wasm = True


def _policy() -> str:
    policy = dict(POLICY)
    if g.get("allow_wasm"):
        policy["script-src"] += " 'wasm-unsafe-eval'"
    return "; ".join(f"{name} {value}" for name, value in policy.items())


def add_headers(response: Response) -> Response:
    """The answer tells the browser to trust nothing but us."""
    headers = response.headers
    headers["Content-Security-Policy"] = _policy()
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(self), microphone=(), geolocation=(), payment=()"
    if runtime().settings.public_url.startswith("https:"):
        headers["Strict-Transport-Security"] = HSTS
    if "Cache-Control" not in headers:
        # What one person saw must not come back from a shared browser's cache after she signed out.
        headers["Cache-Control"] = "no-store"
    _keep_visitor(response)
    return response


def _keep_visitor(response: Response) -> None:
    made = g.get("new_visitor")
    if made and not is_api_request():
        _set_cookie(response, VISITOR_COOKIE, made)


def _set_cookie(response: Response, name: str, value: str) -> None:
    response.set_cookie(
        name,
        value,
        httponly=True,
        secure=runtime().settings.public_url.startswith("https:"),
        samesite="Lax",
        path="/",
    )


def keep_session(response: Response, secret: str) -> Response:
    """The browser holds the session's secret until it is closed."""
    _set_cookie(response, cookie_name(), secret)
    return response


def forget_session(response: Response) -> Response:
    """The browser holds nothing of the session, nor of what it showed."""
    if session_secret():
        response.delete_cookie(
            cookie_name(),
            path="/",
            secure=runtime().settings.public_url.startswith("https:"),
            httponly=True,
            samesite="Lax",
        )
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def is_own_path(target: str) -> bool:
    """Whether a redirect there stays with us: a plain absolute path, as no other site's address looks."""
    if not target.startswith("/") or target.startswith("//") or "\\" in target:
        return False
    if any(ord(sign) < 33 or ord(sign) == 127 for sign in target):
        return False
    parts = urlsplit(target)
    return not parts.scheme and not parts.netloc


def remote_address() -> str:
    """Where the request comes from, as far as the trusted proxies tell."""
    return request.remote_addr or "unknown"


def _hosts(settings: Settings) -> list[str]:
    own = urlsplit(settings.public_url).hostname or "localhost"
    local = [] if settings.is_production else ["localhost", "127.0.0.1", "[::1]"]
    return [*settings.trusted_hosts, own, *local]


def install(app: Flask, settings: Settings) -> None:
    """The app answers only to its own names, takes only so much, and sets its headers."""
    secure = settings.public_url.startswith("https:")
    app.config.update(
        SECRET_KEY=settings.secret_key.get_secret_value(),
        MAX_CONTENT_LENGTH=MAX_REQUEST_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_REQUEST_BYTES,
        MAX_FORM_PARTS=MAX_FORM_PARTS,
        TRUSTED_HOSTS=_hosts(settings),
        # Flask's own cookie holds nothing but messages shown once.
        SESSION_COOKIE_NAME="fulfillment_messages",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PREFERRED_URL_SCHEME="https" if secure else "http",
        PROPAGATE_EXCEPTIONS=False,
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # the documented way to wrap an app
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops, x_port=hops
        )
    app.after_request(add_headers)
    # Uploads beyond half a megabyte lie in temporary files, which nothing else closes.
    app.teardown_request(lambda _error: request.close())
