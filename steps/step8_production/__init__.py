"""Production: the tea house as one runs it, with settings, users, workers, health and a log."""
