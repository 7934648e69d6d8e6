"""The parts of the window, each a plain widget that is told values and tells what the editor wants."""
