"""The simulated payment provider's own pages and HTTP interface; they say that they are a simulation."""
