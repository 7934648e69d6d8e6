"""What calls may say: pydantic models that refuse whatever docs/service.md does not name."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    ValidationError,
    model_validator,
)
from pydantic.config import JsonDict

from hitpoint.model.edits import EDITS_VERSION, Edits
from hitpoint.model.errors import InputError
from hitpoint.model.music import STEM_NAMES
from hitpoint.model.time import frame_rate_from_text

#: How OpenAPI tells that a path must be whole; the sentence about one that is not is ours.
_WHOLE_PATH = r"^[A-Za-z]:[\\/][^\x00-\x1f]*$" if os.name == "nt" else r"^/[^\x00-\x1f]*$"
_LONGEST_PATH, _LONGEST_TEXT = 4096, 20_000

#: What `export` can write.
ExportKind = Literal["otio", "stems", "midi", "cue_sheet", "mp4", "report"]


def _absolute(text: str) -> str:
    if any(ord(character) < 32 or 0xD800 <= ord(character) < 0xE000 for character in text):
        raise ValueError("a path holds no control characters; check it")
    if not Path(text).is_absolute():
        raise ValueError(f"{text!r} is not a whole path; give it from the root of the disk on")
    return text


def _whole(given: object) -> object:
    """Take 3.0 for 3, as JSON does."""
    return int(given) if isinstance(given, float) and given.is_integer() else given


def _known_rate(text: str) -> str:
    frame_rate_from_text(text)
    return text


def _drop_version(given: object) -> object:
    """Take the mark of edits' own format off, where it is the one that we read."""
    if isinstance(given, Mapping) and "version" in given:
        if given["version"] != EDITS_VERSION:
            raise ValueError(
                f"edits of the format {given['version']!r} cannot be read, only {EDITS_VERSION}; update both"
            )
        return {key: value for key, value in given.items() if key != "version"}
    return given


PathText = Annotated[
    StrictStr,
    Field(min_length=1, max_length=_LONGEST_PATH, json_schema_extra={"pattern": _WHOLE_PATH}),
    AfterValidator(_absolute),
]
Name = Annotated[StrictStr, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
Text = Annotated[StrictStr, Field(max_length=_LONGEST_TEXT)]
RateText = Annotated[StrictStr, Field(pattern=r"^[0-9]{1,3}(\.[0-9]{1,6})?(df)?$"), AfterValidator(_known_rate)]
#: Larger numbers lose digits in the JSON of many languages.
Seed = Annotated[StrictInt, Field(ge=0, le=2**53 - 1), BeforeValidator(_whole)]
#: A model by its id, or the folder that it lies in.
ModelText = Name | PathText
Candidates = Annotated[StrictInt, Field(ge=1, le=16), BeforeValidator(_whole)]
Device = Annotated[StrictStr, Field(pattern=r"^(cuda(:[0-9]{1,2})?|mps|cpu)$")]
Sound = Literal["sampled", "hybrid", "generated"]
EditsJson = Annotated[Edits, BeforeValidator(_drop_version)]


class Body(BaseModel):
    """A body that holds nothing unknown, and no number that JSON has not."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class SessionBody(Body):
    """`POST /sessions`: a cut, and what belongs to it."""

    cut_path: PathText
    subtitles_path: PathText | None = None
    script_path: PathText | None = None
    marker_table_path: PathText | None = None
    rate: RateText | None = None
    soundfont_path: PathText | None = None


class BarSpanBody(Body):
    """Bars of a cue, counted from 1, both ends included."""

    cue: Annotated[StrictStr, Field(min_length=1, max_length=64)]
    first_bar: Annotated[StrictInt, Field(ge=1), BeforeValidator(_whole)]
    last_bar: Annotated[StrictInt, Field(ge=1), BeforeValidator(_whole)]

    @model_validator(mode="after")
    def _rises(self) -> BarSpanBody:
        if self.last_bar < self.first_bar:
            raise ValueError(f"bars {self.first_bar}-{self.last_bar} of {self.cue}: the last is no less than the first")
        return self


class LookBody(Body):
    """A look at what is in the cut."""

    kind: Literal["look"]
    session_id: Name
    edits: EditsJson = Edits()


class ComposeBody(Body):
    """A version of the score."""

    kind: Literal["compose"]
    session_id: Name
    edits: EditsJson = Edits()
    parent_version_id: Name | None = None
    redo_bars: Annotated[list[BarSpanBody], Field(max_length=1000)] = []
    new_take_of_stem: Literal[*STEM_NAMES] | None = None  # type: ignore[valid-type]


class ExportBody(Body):
    """A version as files for the editor."""

    kind: Literal["export"]
    session_id: Name
    version_id: Name
    folder: PathText
    what: Annotated[list[ExportKind], Field(min_length=1, max_length=6)]
    profile: Literal["generic", "resolve"] = "generic"
    sound: Sound = "sampled"
    model: ModelText | None = None
    candidates: Candidates = 2
    device: Device | None = None


def _only(given: str, absent: str) -> JsonDict:
    return {"required": [given], "properties": {given: {"type": "string"}, absent: {"type": "null"}}}


class ScoreSettingsBody(Body):
    """The settings of `hitpoint score`; `out_folder` None keeps the score in the service's folder.

    `filename` is an upload's, in place of `cut_path`.
    """

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [_only("cut_path", "filename"), _only("filename", "cut_path")]}
    )

    cut_path: PathText | None = None
    filename: Name | None = None
    out_folder: PathText | None = None
    style: Name | None = None
    brief_text: Text = ""
    subtitles_path: PathText | None = None
    script_path: PathText | None = None
    marker_table_path: PathText | None = None
    seed: Seed | None = None
    loudness: Literal["ebu", "atsc", "online", "underscore"] = "ebu"
    profile: Literal["generic", "resolve"] = "generic"
    is_stems_only: StrictBool = False
    tempo_choice: Annotated[StrictInt, Field(ge=1, le=1000), BeforeValidator(_whole)] = 1
    soundfont_path: PathText | None = None
    wants_video: StrictBool = False
    wants_plot: StrictBool = False
    processes: Annotated[StrictInt, Field(ge=1, le=256), BeforeValidator(_whole)] | None = None
    rate: RateText | None = None
    briefs_path: PathText | None = None
    places: Literal["auto", "whole", "proposed"] = "auto"
    brief_writer: Name | None = None
    looks: StrictBool = True
    eyes: Name = "auto"
    affect: Name = "embedded"
    themes_path: PathText | None = None
    alternates: Annotated[list[Name], Field(max_length=20)] = []
    sound: Sound = "sampled"
    model: ModelText | None = None
    candidates: Candidates = 2
    device: Device | None = None

    @model_validator(mode="after")
    def _has_one_cut(self) -> ScoreSettingsBody:
        if (self.cut_path is None) == (self.filename is None):
            raise ValueError("give either cut_path, or the filename of an upload")
        return self


class ScoreBody(Body):
    """The whole pipeline over a cut."""

    kind: Literal["score"]
    settings: ScoreSettingsBody


JobBody = Annotated[LookBody | ComposeBody | ExportBody | ScoreBody, Field(discriminator="kind")]


class GenerateBody(Body):
    """`POST /generate`: an upload, and what its score should be like."""

    filename: Name
    style: Name | None = None
    brief: Text = ""
    seed: Seed | None = None
    sound: Sound = "sampled"
    model: Name | None = None
    candidates: Candidates = 2
    device: Device | None = None
    wait: StrictBool = True


class _EditsHolder(Body):
    edits: EditsJson


def edits_from_plain(plain: Mapping[str, Any]) -> Edits:
    """Return edits from their JSON; `InputError` says in one sentence what is wrong with them."""
    try:
        return _EditsHolder(edits=plain).edits  # type: ignore[arg-type]
    except ValidationError as error:
        raise InputError(f"the edits cannot be used: {first_mistake(error.errors())}") from error


def first_mistake(errors: Any) -> str:
    """Return the first of pydantic's findings as part of a sentence: where, and what."""
    first = next(iter(errors), None)
    if first is None:
        return "the call is malformed"
    where = ".".join(str(part) for part in first["loc"])
    what = str(first["msg"]).removeprefix("Value error, ")
    return f"{where}: {what}" if where else what
