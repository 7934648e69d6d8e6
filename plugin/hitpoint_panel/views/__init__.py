"""The painted views: widgets that show frozen values (`values.py`) and emit signals.

They know no application state, no HTTP and no engine. All frames are record frames: counted from the first frame of the
cut; a timecode is a label that `hitpoint.model.time` makes of them.
"""
