"""The pages' live figures: plots that change, are redrawn quickly and can be held."""
