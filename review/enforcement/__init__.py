"""What is done about messages: outcomes, and the cases that people decide."""
