"""Picture, production sound and score, in sync.

wav             a 48 kHz WAV of any length, read where it is needed
mixer           which samples are heard: mix or stems, muted, soloed, A or B
clock           what time it is: the sound card's, or the machine's where there is none
sound_output    the mixer's samples to the sound card, from a thread of its own
shots           which file, and where in it, a record frame shows
picture_player  two decks of QMediaPlayer that take turns over the cuts and follow the clock
transport       play, pause, shuttle, step, loop: the one position that everything follows
"""
