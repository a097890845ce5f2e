"""Finding messages: the words behind the search, the search itself, and its pages."""
