"""The bridge between a page and the Python that trains and draws for it."""
