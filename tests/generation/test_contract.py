"""The protocol, held by the generator that the tests of scoring use; real ones are held to it in tests of their own."""

from types import ModuleType

import pytest


@pytest.mark.parametrize("options", [{}, {"can_continue": False}, {"noisy_end_samples": 4800}])
def test_the_generator_of_the_tests_keeps_the_protocol(
    options: dict, perturbing: ModuleType, contract: ModuleType
) -> None:
    contract.check(perturbing.Perturbing(**options))
