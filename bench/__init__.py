"""What the scheduler takes and costs, measured: `python -m bench`."""
