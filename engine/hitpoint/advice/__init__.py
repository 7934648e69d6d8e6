"""What Hitpoint tells the editor about his cut: what a recut changed, and what would make the music fall better.

compare      two cuts of one timeline: sentences, where each frame went, which cues are touched
recut        the parts of it
suggestions  small changes of cut, markers and cues that let more fall into place, each tried out
"""
