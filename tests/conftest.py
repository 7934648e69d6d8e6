"""What every test may ask for: the shared fixtures, a SoundFont, a seeded generator."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("a loaded machine is no fault", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("a loaded machine is no fault")

REPO = Path(__file__).resolve().parents[1]
FIXTURES = Path(os.environ.get("HITPOINT_FIXTURES", REPO.parent / "shared" / "fixtures"))


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """The folder of real films and timelines that others made; absent outside our workplace."""
    if not FIXTURES.is_dir():
        pytest.skip(f"no shared fixtures at {FIXTURES}; set HITPOINT_FIXTURES to run this test")
    return FIXTURES


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(440)


@pytest.fixture(autouse=True, scope="session")
def _own_folders(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep tests away from the user's own tables and models; share one cache between the tests of a run."""
    os.environ["HITPOINT_CONFIG"] = str(tmp_path_factory.mktemp("config"))
    os.environ["HITPOINT_MODELS"] = str(tmp_path_factory.mktemp("models"))
