"""The reader's inner loops: functions in the part of Python that Numba turns into machine code."""
