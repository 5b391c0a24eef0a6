"""The explorer: what lies in its file is what the model says, and the page shows it in a real browser."""
