"""The protocol, held by the generator that the tests of scoring use."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


def contract() -> ModuleType:
    spec = importlib.util.spec_from_file_location("contract", Path(__file__).with_name("contract.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("options", [{}, {"can_continue": False}, {"noisy_end_samples": 4800}])
def test_the_generator_of_the_tests_keeps_the_protocol(options: dict, perturbing: ModuleType) -> None:
    contract().check(perturbing.Perturbing(**options))
