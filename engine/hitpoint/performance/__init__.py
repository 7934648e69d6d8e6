"""From the written page to played notes: beats to samples, articulation, dynamics, timing, attack compensation.

perform       the step itself, and where a cue's audio starts, ends, fades and stops dead
line          one part: when each note is sent, heard and let go
articulation  which preset plays a note, and how long it is held
dynamics      dynamic lines as CC11, velocities as a player shapes them
timing        the spread of human timing, and how much earlier a note has to start to sound on time
"""

from hitpoint.performance.perform import TAIL_S, needed_sounds, perform

__all__ = ["TAIL_S", "needed_sounds", "perform"]
