"""The explorer: one HTML file in which a graph of the model is walked through; it needs no server and no network."""
