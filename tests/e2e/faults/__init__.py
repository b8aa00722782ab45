"""The fault suite: whatever goes wrong with any one call of a run, three further ticks bring the estate to where it belongs."""
