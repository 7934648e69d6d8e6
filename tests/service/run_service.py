"""`python run_service.py '{"folder": …}'`: a real service with limits of a test's own."""

import json
import sys
from pathlib import Path

from hitpoint.model.errors import HitpointError
from hitpoint.service.serve import serve
from hitpoint.service.settings import ServiceSettings

settings = json.loads(sys.argv[1])
try:
    sys.exit(serve(ServiceSettings(**{**settings, "folder": Path(settings["folder"])})))
except HitpointError as error:
    print(error, file=sys.stderr)
    sys.exit(error.exit_code)
