"""What the editor made and what the engine answered; knows no widget.

operations     changes of `Edits`, as plain functions
edits_json     `Edits` as JSON (edits.1) and back
markers        the markers as they stand: those of the cut with the edits laid over them
takes          versions with stars, labels and what was kept
project        all that is kept beside the cut, as one value
project_file   that value in NAME.hitpoint-panel.json, never over something that was not read
autosave       writes it as the editor goes, in a thread of its own
document       the one mutable thing of the panel: tells what changed, undoes and redoes
"""
