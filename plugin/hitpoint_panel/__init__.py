"""The panel (PyQt6), a package of its own so that the engine never imports it; its window comes with its issue."""
