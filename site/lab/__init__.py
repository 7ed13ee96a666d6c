"""The lab: visitors write the engine themselves, and are checked at every step."""
