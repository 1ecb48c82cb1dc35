"""Timings: how long building, testing and importing take, cold and warm, and which tests, tasks and modules take most of it."""
