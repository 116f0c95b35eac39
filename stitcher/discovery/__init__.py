"""Where schemas come from, and how a change of them is noticed."""
