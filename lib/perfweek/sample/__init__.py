"""The sample: a catalogue service over an embedded warehouse, with the faults that such services have, and its workload.

A target like any other: nothing of perfweek imports it. `python -m perfweek.sample.data` builds its rows once,
`python -m perfweek.sample --port 8765 --run FOLDER` serves them.
"""
