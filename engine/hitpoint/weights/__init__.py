"""Files of neural models: which there are, under which licence, and where they lie. Nothing is fetched unasked.

cards      resources/models.toml
find       where the files of a model are on this machine
manifest   what a finished fetch writes beside them
hub        what a publisher offers now
transfer   one file onto the disk, from where an earlier try stopped, checked
fetch      a whole model
keep       is it still what was fetched; removing it
offline    loading asks no network
command    `hitpoint models`
"""

from hitpoint.weights.cards import ModelCard, find_card, load_cards
from hitpoint.weights.find import Weights, find_weights, models_folder, state_of
from hitpoint.weights.offline import local_files_only

__all__ = [
    "ModelCard",
    "Weights",
    "find_card",
    "find_weights",
    "load_cards",
    "local_files_only",
    "models_folder",
    "state_of",
]
