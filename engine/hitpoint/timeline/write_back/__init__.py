"""The score put back into the timeline it was written for: tracks, clips, markers, a marker EDL."""
