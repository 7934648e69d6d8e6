"""The window's parts and their places: picture, hits and brief on top, the arc and the strip across below."""

from __future__ import annotations

from itertools import pairwise

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QHBoxLayout, QMainWindow, QPushButton, QSplitter, QTabWidget, QVBoxLayout, QWidget

from hitpoint_panel.panes.banner import BannerStack
from hitpoint_panel.panes.brief_pane import BriefPane
from hitpoint_panel.panes.header import Header
from hitpoint_panel.panes.ideas_pane import IdeasPane
from hitpoint_panel.panes.mix_pane import MixPane
from hitpoint_panel.panes.picture_view import PictureView
from hitpoint_panel.panes.progress_line import ProgressLine
from hitpoint_panel.panes.takes_pane import TakesPane
from hitpoint_panel.panes.transport_bar import TransportBar
from hitpoint_panel.settings import Settings
from hitpoint_panel.views.arc_view import ArcView
from hitpoint_panel.views.hit_table import HitTable
from hitpoint_panel.views.timeline_strip import TimelineStrip

_SPLITTERS = ("columns", "rows", "curves")


class Layout:
    """Makes all parts of a window and puts them where they belong; does nothing with them."""

    def __init__(self, window: QMainWindow) -> None:
        self.header = Header()
        self.banners = BannerStack()
        self.picture = PictureView()
        self.transport = TransportBar()
        self.hits = HitTable()
        self.ideas = IdeasPane()
        self.brief = BriefPane()
        self.takes = TakesPane()
        self.mix = MixPane()
        self.arc = ArcView()
        self.strip = TimelineStrip()
        self.progress = ProgressLine()
        named: tuple[tuple[QWidget, str], ...] = (
            (self.hits, "Hit points"),
            (self.arc, "Arc of the scene"),
            (self.strip, "Timeline"),
        )
        for widget, name in named:
            if not widget.accessibleName():
                widget.setAccessibleName(name)

        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.picture, 1)
        column.addWidget(self.transport)

        hits = QWidget()
        column = QVBoxLayout(hits)
        column.setContentsMargins(8, 6, 8, 6)
        column.addWidget(self.hits, 1)
        row = QHBoxLayout()
        self.add_hit = QPushButton("A&dd at playhead")
        self.add_hit.setToolTip("Add a hit point where the playhead is (M)")
        self.delete_hits = QPushButton("De&lete")
        self.delete_hits.setToolTip("Delete the selected hit points (Delete)")
        row.addWidget(self.add_hit)
        row.addWidget(self.delete_hits)
        row.addStretch(1)
        column.addLayout(row)

        self.middle = QTabWidget()
        self.middle.setDocumentMode(True)
        self.middle.addTab(hits, "Hit points")
        self.middle.addTab(self.ideas, "Ideas")
        self.right = QTabWidget()
        self.right.setDocumentMode(True)
        self.right.addTab(self.brief, "Brief")
        self.right.addTab(self.takes, "Takes")
        self.right.addTab(self.mix, "Mix")
        self.middle.setAccessibleName("Hit points and ideas")
        self.right.setAccessibleName("Brief, takes and mix")

        self.columns = QSplitter(Qt.Orientation.Horizontal)
        for widget, stretch in ((left, 5), (self.middle, 6), (self.right, 4)):
            self.columns.addWidget(widget)
            self.columns.setStretchFactor(self.columns.count() - 1, stretch)
            self.columns.setCollapsible(self.columns.count() - 1, False)
        self.columns.setSizes([480, 620, 340])
        self.curves = QSplitter(Qt.Orientation.Vertical)
        self.curves.addWidget(self.arc)
        self.curves.addWidget(self.strip)
        self.curves.setStretchFactor(0, 2)
        self.curves.setStretchFactor(1, 3)
        self.rows = QSplitter(Qt.Orientation.Vertical)
        self.rows.addWidget(self.columns)
        self.rows.addWidget(self.curves)
        self.rows.setStretchFactor(0, 5)
        self.rows.setStretchFactor(1, 5)
        for splitter in (self.columns, self.curves, self.rows):
            splitter.setHandleWidth(5)
            splitter.setChildrenCollapsible(False)

        center = QWidget()
        column = QVBoxLayout(center)
        column.setContentsMargins(8, 4, 8, 0)
        column.setSpacing(5)
        column.addWidget(self.header)
        column.addWidget(self.banners)
        column.addWidget(self.rows, 1)
        column.addWidget(self.progress)
        window.setCentralWidget(center)
        self._order_tabs(window)

    def _order_tabs(self, window: QMainWindow) -> None:
        """Tab goes as one reads: header, transport, hits, brief, arc, strip."""
        bar = self.transport
        chain: list[QWidget] = [
            self.header.read, self.header.remove, self.header.on_duplicate, self.header.write, self.header.export,
            self.header.compose,
            bar.to_hit_before, bar.back, bar.play, bar.forward, bar.to_next_hit, bar.loop, bar.compare,
            self.hits, self.add_hit, self.delete_hits, self.ideas.list, self.ideas.apply, self.ideas.go,
        ]  # fmt: skip
        for earlier, later in pairwise(chain):
            QWidget.setTabOrder(earlier, later)

    def save(self, settings: Settings) -> None:
        """Remember where everything is."""
        for name in _SPLITTERS:
            settings.set_layout(name, getattr(self, name).saveState())

    def restore(self, settings: Settings) -> None:
        """Put everything where it was."""
        for name in _SPLITTERS:
            state = settings.layout(name)
            if state is not None:
                getattr(self, name).restoreState(state)
