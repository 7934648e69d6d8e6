"""The values that flow: frozen dataclasses with units in their names. Imports nothing of ours.

time      frames at exact rational rates, samples, timecode: every conversion and every rounding
cut       what was read: Cut, Shot, AudioClip, Marker, Subtitle
story     EmotionArc over record time
spotting  what was decided: HitPoint, Direction, Brief, Cue
tempo     TempoMap: the bijection between beats and record seconds
tempo_plan  what the solver answers: a TempoMap, where each hit falls, the musical cost
music     what is written: Note, Part, Composition (beats); what is played: PerformedNote (samples)
audio     what was rendered and measured: StemFile, MixFile, HitMeasurement
progress  one callback for long steps: fraction, sentence, stop
errors    the exception tree
"""
