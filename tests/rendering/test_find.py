import pytest

from hitpoint.model.errors import MissingToolError, SoundFontError
from hitpoint.rendering import find
from hitpoint.rendering.find import ENVIRONMENT_VARIABLE, find_soundfont


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Two empty places for SoundFonts, and none elsewhere."""
    places = (tmp_path / "own", tmp_path / "system")
    for place in places:
        place.mkdir()
    monkeypatch.setattr(find, "soundfont_folders", lambda: places)
    monkeypatch.setattr(find.importlib.util, "find_spec", lambda name: None)
    monkeypatch.delenv(ENVIRONMENT_VARIABLE, raising=False)
    return places


def put(font, *places):
    for place in places:
        place.write_bytes(font.read_bytes())


def test_the_better_font_wins_over_the_nearer_folder(tiny_font, folders):
    own, system = folders
    put(tiny_font, own / "MuseScore_General.sf3", system / "FluidR3_GM.sf2")
    assert find_soundfont() == system / "FluidR3_GM.sf2"


def test_any_font_in_our_own_folder_will_do(tiny_font, folders):
    put(tiny_font, folders[0] / "My Orchestra.sf2")
    assert find_soundfont() == folders[0] / "My Orchestra.sf2"


def test_the_option_wins_over_the_environment_and_both_over_the_system(tiny_font, folders, tmp_path, monkeypatch):
    option, environment = tmp_path / "option.sf2", tmp_path / "environment.sf2"
    put(tiny_font, option, environment, folders[0] / "FluidR3_GM.sf2")
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(environment))
    assert find_soundfont() == environment
    assert find_soundfont(option) == option


def test_the_small_font_of_a_wheel_is_the_last_resort(tiny_font, folders, tmp_path, monkeypatch):
    wheel = tmp_path / "pretty_midi"
    wheel.mkdir()
    put(tiny_font, wheel / "TimGM6mb.sf2")

    class Spec:
        submodule_search_locations = (str(wheel),)

    monkeypatch.setattr(find.importlib.util, "find_spec", lambda name: Spec())
    assert find_soundfont() == wheel / "TimGM6mb.sf2"


def test_without_any_font_the_sentence_says_what_to_do(folders):
    with pytest.raises(MissingToolError, match=r"no General MIDI SoundFont was found; install .* or put an \.sf2 file"):
        find_soundfont()


def test_a_chosen_font_that_is_missing_or_is_none_is_an_error(folders, tmp_path):
    with pytest.raises(SoundFontError, match=r"there is no SoundFont at .*gone\.sf2"):
        find_soundfont(tmp_path / "gone.sf2")
    (tmp_path / "text.sf2").write_text("hello, this is no font")
    with pytest.raises(SoundFontError, match=r"text\.sf2 is not a SoundFont"):
        find_soundfont(tmp_path / "text.sf2")


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_every_system_has_its_places_ours_first(monkeypatch, platform):
    monkeypatch.setattr(find.sys, "platform", platform)
    monkeypatch.setenv("ProgramFiles", "C:/Program Files")
    folders = find.soundfont_folders()
    assert len(folders) >= 3
    assert folders[0].name == "soundfonts"
