"""What the service uses while it is loaded: memory over time and against requests, a verdict on leaks, CPU by core and process."""
