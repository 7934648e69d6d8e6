"""What can be seen, heard and read in the cut, over record time."""
