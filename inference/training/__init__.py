"""How nano was made: what the commands of its model card need."""
