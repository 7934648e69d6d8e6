"""Schemathesis calls everything in every way that the OpenAPI document lets it think of, and some others."""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings, strategies
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from hitpoint.model import errors

pytestmark = pytest.mark.endurance

#: Bytes need not be a film, and the values of edits have to fit together: what no schema says may be refused.
_MORE_THAN_A_SCHEMA = ("/upload", "/jobs")


@pytest.fixture(scope="module")
def real_names(service, tmp_path_factory):
    """A session, a job that is done, a version: so that calls get further than «no such name»."""
    from .conftest import REPO

    cut = tmp_path_factory.mktemp("fuzz") / "cut.otio"
    cut.write_bytes((REPO / "resources" / "demo" / "chase.otio").read_bytes())
    session = service.client.open_session(cut)["session_id"]
    version = service.run(session, "compose")
    job = service.client.jobs()[0]["id"]
    return {"session_id": session, "job_id": job, "version_id": version["version_id"], "name": "mix"}


@pytest.fixture(scope="module")
def api(service):
    return schemathesis.openapi.from_url(
        f"{service.address.url}/openapi.json", headers={"Authorization": f"Bearer {service.address.token}"}
    )


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_the_fuzzer_finds_nothing(service, api, real_names, mode):
    """Answers are as documented, errors are sentences, no call is a fault of ours."""
    operations = [found.ok() for found in api.get_all_operations()]
    assert len(operations) >= 18
    tried = {
        f"{operation.method} {operation.path}": _try_all(operation, service, real_names, mode)
        for operation in operations
    }
    assert sum(tried.values()) >= 50
    if mode is GenerationMode.POSITIVE:
        assert min(tried.values()) > 0, tried


def _try_all(operation, service, real_names, mode):
    """Try an operation in many ways; return in how many."""
    tried = 0

    @given(case=operation.as_strategy(generation_mode=mode), is_real=strategies.booleans())
    @settings(
        max_examples=10,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def try_one(case, is_real):
        nonlocal tried
        if is_real and case.method != "DELETE":
            for name in case.path_parameters or {}:
                case.path_parameters[name] = real_names.get(name, case.path_parameters[name])
        response = case.call(headers={"Authorization": f"Bearer {service.address.token}"}, timeout=60)
        checks = [positive_data_acceptance] if case.path in _MORE_THAN_A_SCHEMA else []
        if is_real:
            checks.append(negative_data_rejection)  # the bad name is not in the call any more
        case.validate_response(response, excluded_checks=checks)
        assert response.status_code < 500, response.text
        if response.status_code >= 400:
            told = response.json()
            assert set(told) == {"error", "kind", "exit_code"}
            assert issubclass(getattr(errors, told["kind"]), errors.HitpointError)
        tried += 1

    try:
        try_one()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE, "there is nothing to get wrong in some calls"
    return tried


def test_it_lives_after_all_that(service, session_id):
    assert service.run(session_id)["cut_frames"]
    assert "Traceback" not in (service.folder / "service.log").read_text()
