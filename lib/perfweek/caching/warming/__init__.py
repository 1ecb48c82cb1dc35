"""What to fill a cold cache with, how fast, and what that saves."""
