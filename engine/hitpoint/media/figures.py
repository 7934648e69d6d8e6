"""Faces and upright figures, with the detectors that OpenCV ships: Viola and Jones (2001), Dalal and Triggs (2005).

Both are of their time: frontal faces from about an eighth of the picture's height, standing people seen whole. They
miss profiles, dark scenes and drawings; what they find is mostly right.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FIGURES_WIDTH = 400

_SMALLEST_FACE = 36
_FACE_NEIGHBOURS, _FACE_SCALE = 6, 1.2
#: Support vector margin from which a figure counts; at 0 every door is one.
_PERSON_MARGIN = 0.6


class FigureFinder:
    """Finds faces and people in grey pictures; keeps the detectors loaded."""

    def __init__(self) -> None:
        import cv2 as untyped_cv2

        cv2: Any = untyped_cv2  # its stubs know neither detector
        folder = cv2.data.haarcascades
        self._faces: Any = cv2.CascadeClassifier(folder + "haarcascade_frontalface_alt2.xml")
        self._people: Any = cv2.HOGDescriptor()
        self._people.setSVMDetector(cv2.HOGDescriptor_getDefaultPeopleDetector())

    def find(self, grey: NDArray[np.uint8]) -> tuple[float, float, float]:
        """Return the number of faces and of people in a picture [shape=(h, w)], and the largest face's share of h."""
        import cv2

        height, width = grey.shape
        faces = self._faces.detectMultiScale(
            cv2.equalizeHist(grey), _FACE_SCALE, _FACE_NEIGHBOURS, minSize=(_SMALLEST_FACE, _SMALLEST_FACE)
        )
        people: Any = ()
        if width >= 64 and height >= 128:
            _, margins = self._people.detectMultiScale(grey, winStride=(8, 8), scale=1.1)
            people = np.ravel(margins) >= _PERSON_MARGIN
        largest = max((face[3] for face in faces), default=0)
        return float(len(faces)), float(np.sum(people)), float(largest) / height
