"""What leaves the house: BWF, MIDI, MusicXML, click, cue sheet, MP4, the report and its picture."""
