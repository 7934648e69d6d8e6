"""`python run_service.py '{"folder": …}'`: a real service with limits of a test's own."""

import json
import sys
from pathlib import Path

from hitpoint.cli import main  # noqa: F401 - the same imports as `hitpoint serve`
from hitpoint.model.errors import HitpointError
from hitpoint.service import ServiceSettings, serve

settings = json.loads(sys.argv[1])
try:
    sys.exit(serve(ServiceSettings(**{**settings, "folder": Path(settings["folder"])})))
except HitpointError as error:
    print(error, file=sys.stderr)
    sys.exit(error.exit_code)
