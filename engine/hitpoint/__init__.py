"""Hitpoint: a cut goes in, and the same cut comes out with a score on it, every hit on its frame.

The way from cut to score is `hitpoint.pipeline`, read top to bottom; the values that flow are in
`hitpoint.model`. Importing this package imports nothing heavy.
"""

__version__ = "0.1.0"
