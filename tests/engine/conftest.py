"""Settings of Hypothesis for all tests of the engine."""

from hypothesis import settings

# No deadline, because the machine may be busy; the same examples in every run.
settings.register_profile("engine", max_examples=300, deadline=None, derandomize=True)
settings.load_profile("engine")
