"""What belongs together in one file: the database, the secret key, and the models that the registry names."""
