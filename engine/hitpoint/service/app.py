"""The service's HTTP: guard, calls, errors, documentation."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response
from starlette.types import ASGIApp

from hitpoint import __version__
from hitpoint.service import failures
from hitpoint.service.answers import ERRORS
from hitpoint.service.docs_page import docs_page
from hitpoint.service.engine import Engine
from hitpoint.service.guard import Guard
from hitpoint.service.routes_jobs import job_routes
from hitpoint.service.routes_sessions import session_routes
from hitpoint.service.routes_simple import simple_routes

_DESCRIPTION = (
    "Scores a film editor's cut. Every call but GET /health, /docs and /openapi.json needs the header "
    "Authorization: Bearer TOKEN, with the token of service.json."
)
_NO_SCRIPTS = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def build_app(engine: Engine) -> ASGIApp:
    """Return the application."""
    app = FastAPI(
        title="Hitpoint",
        version=__version__,
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        responses=ERRORS,
        redirect_slashes=False,
    )
    failures.install(app)
    for routes in (simple_routes, session_routes, job_routes):
        app.include_router(routes(engine))

    @app.get("/docs", include_in_schema=False)
    def docs() -> Response:
        """The calls, to be read."""
        return HTMLResponse(docs_page(app.openapi()), headers={"Content-Security-Policy": _NO_SCRIPTS})

    return Guard(
        app,
        port=engine.port,
        token=engine.token,
        activity=engine.activity,
        json_bytes=engine.settings.json_bytes,
        upload_bytes=engine.settings.upload_bytes,
    )
