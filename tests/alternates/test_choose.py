"""Which alternates are made."""

import pytest

from hitpoint.alternates import ALTERNATES, choose_alternates
from hitpoint.model.errors import SettingError


def test_all_in_order_and_none_twice() -> None:
    assert choose_alternates(["all"]) == choose_alternates([*reversed(ALTERNATES), "all"]) == ALTERNATES
    assert choose_alternates(["15s", "no-melody", "15s"]) == ("no-melody", "15s")
    assert choose_alternates([]) == ()


def test_a_name_that_is_none_gets_the_nearest() -> None:
    with pytest.raises(SettingError, match="did you mean 'no-melody'"):
        choose_alternates(["no-melodie"])
    with pytest.raises(SettingError, match=r"Choose one of: .*15s.*all"):
        choose_alternates(["lighter", "foo"])
