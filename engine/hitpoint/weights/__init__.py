"""Files of neural models: which there are, under which licence, and where they lie. Nothing is fetched unasked.

cards   resources/models.toml
find    where the files of a model are on this machine
"""

from hitpoint.weights.cards import ModelCard, load_cards
from hitpoint.weights.find import Weights, find_weights, models_folder

__all__ = ["ModelCard", "Weights", "find_weights", "load_cards", "models_folder"]
