from hitpoint_panel.state.takes import Take, with_take, worth_showing


def test_what_the_editor_cares_for_is_always_shown():
    takes = tuple(Take(version_id=f"v{n}", stars=3 if n == 1 else 0, is_kept=n == 2) for n in range(60, 0, -1))
    shown = [take.version_id for take in worth_showing(takes, current_id="v5", compared_id="v7")]
    assert {"v1", "v2", "v5", "v7", "v60"} <= set(shown)
    assert len(shown) < 20
    assert shown == sorted(shown, key=lambda name: -int(name[1:]))


def test_a_take_that_is_told_again_keeps_its_place_and_its_stars():
    takes = (Take(version_id="v2"), Take(version_id="v1", stars=4, label="mine"))
    again = with_take(takes, Take(version_id="v1", label="", hits="3 of 3"))
    assert again[1] == Take(version_id="v1", stars=4, label="mine", hits="3 of 3")
    assert with_take(again, Take(version_id="v3"))[0].version_id == "v3"
