"""Personal data out of moddog: by author, by age, and by how long a source keeps it."""
