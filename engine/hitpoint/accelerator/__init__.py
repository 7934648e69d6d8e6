"""What neural models run on: the device, its memory, and the models that lie on it. Imports torch only when used.

device   which one, and in which number format
shelf    models are loaded once, shared, and put away when nobody needs them or another program needs the memory
memory   out of memory: again, smaller; then one sentence
seeded   randomness from a seed that leaves torch's own alone
libraries   transformers, without its messages
"""

from hitpoint.accelerator.device import Device, choose_device
from hitpoint.accelerator.memory import is_out_of_memory, with_less_memory
from hitpoint.accelerator.seeded import seeded
from hitpoint.accelerator.shelf import Shelf, shared_shelf

__all__ = ["Device", "Shelf", "choose_device", "is_out_of_memory", "seeded", "shared_shelf", "with_less_memory"]
