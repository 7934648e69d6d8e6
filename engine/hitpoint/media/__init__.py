"""What one media file shows and sounds like, in its own time: decoded once, kept by content."""
