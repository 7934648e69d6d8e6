"""Writes a score into the exchange folder, and looks again at what was written."""

from __future__ import annotations

from pathlib import Path

from hitpoint_panel.hosts.host import ScoreToWrite, WriteReport
from hitpoint_panel.hosts.otio_file.engine_process import Ask
from hitpoint_panel.hosts.otio_file.exchange import claim_revision, earlier_bytes, publish
from hitpoint_panel.hosts.otio_file.facts import counted


def hand_out(score: ScoreToWrite, folder: Path, timeline: str, *, ask: Ask) -> WriteReport:
    """Write a score of a timeline under names of a new revision; all of it, or nothing.

    The scored timeline says which tracks there are and which WAVs they play: its clips fit these files and no others.
    `score.tracks` says which of them are heard. Raises `HitpointError` with one sentence.
    """
    with claim_revision(folder, timeline, score.revision) as claim:
        answer = ask(
            {
                "do": "hand_out",
                "scored_path": str(score.otio_path),
                "name": claim.name,
                "staging": str(claim.staging),
                "folder": str(folder),
                "enabled": {stem_of(track.name): track.is_enabled for track in score.tracks},
                "markers": [
                    {
                        "frame": marker.frame,
                        "color": marker.color,
                        "name": marker.name,
                        "note": marker.note,
                        "duration_frames": marker.duration_frames,
                    }
                    for marker in score.markers
                ]
                if score.markers
                else None,
            }
        )
        files = publish(claim, folder, timeline, answer["files"])
    warnings = []
    seen: list[tuple[str, ...]] = []
    for path in files:
        if path.suffix == ".otio":
            read_back = ask({"do": "check", "path": str(path)})
            seen.append(tuple(read_back["tracks"]))
            if read_back["missing"]:
                warnings.append(f"{path.name}: {', '.join(read_back['missing'])} cannot be found; write again")
    written = tuple(answer["tracks"])
    stems = {stem_of(label) for label in written}
    asked = [track.name for track in score.tracks if stem_of(track.name) not in stems]
    if asked:
        warnings.append(f"{', '.join(asked)} is not on the scored timeline, so it was not handed out")
    is_verified = not warnings and seen == [written] * 2 and all(path.is_file() for path in files)
    revisions, size = earlier_bytes(folder, timeline, claim.revision)
    if revisions:
        warnings.append(
            f"{counted(revisions, 'earlier revision')} of this score ({size / 1e6:.0f} MB) stays in {folder.name}, "
            "since your project may play from it; Remove score deletes all of them"
        )
    return WriteReport(
        tracks=written,
        markers=answer["markers"],
        is_verified=is_verified,
        files=files,
        warnings=tuple(warnings),
    )


def stem_of(name: str) -> str:
    """Return which stem a track is: "strings" for "Score strings" and "Hitpoint strings"; "mix" for the mix."""
    return name.removeprefix("Hitpoint").removeprefix("Score").strip() or "mix"
